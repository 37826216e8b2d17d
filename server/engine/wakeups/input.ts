import { z } from 'zod'
import { ApiError } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { asObject, type JsonObject } from '@/server/domain/json'
import { excessOfValue } from '@/server/domain/storable'
import { type TriggerDetail, triggerDetails, wakeupSources } from '@/server/domain/wakeup-status'
import type { Actor } from '@/server/identity/access/actor'
import type { AccessSettings } from '@/server/identity/access/authenticate'
import { createAgentRedactor } from '@/server/secrets/agent-redactor'
import type { AgentCause, WakeBounds } from './agent-bounds'
import type { WakeupRequest } from './request'

export const idempotencyKeyInput = z.string().min(1).max(200).nullish()

/** A requested wakeup, without its agent. */
export const wakeupInput = z.strictObject({
  source: z.enum(wakeupSources).default('on_demand'),
  triggerDetail: z.enum(triggerDetails).optional(),
  reason: z.string().max(2000).nullish(),
  payload: z.unknown().superRefine(refuseExcess).optional(),
  idempotencyKey: idempotencyKeyInput,
  contextSnapshot: z
    .custom<JsonObject>((value) => asObject(value) !== null, 'must be an object')
    .superRefine(refuseExcess)
    .nullish(),
})

export const wakeupOfAgentInput = wakeupInput.extend({ agentId: uuid })

function refuseExcess(value: unknown, context: z.RefinementCtx): void {
  const fault = excessOfValue(value)
  if (fault) context.addIssue({ code: 'custom', message: fault })
}

/** `manual` for people and their tokens, `callback` for agents and runs, `ping` for other callers of the POST endpoint. */
export function triggerOf(actor: Actor, given: TriggerDetail | undefined, isPost: boolean): TriggerDetail {
  const isAgent = actor.kind === 'agent' || actor.kind === 'run'
  if (isAgent && given === 'manual') {
    throw new ApiError('forbidden', 'Only people may use the triggerDetail manual: leave it out.', 'triggerDetail')
  }
  if (given) return given
  if (isAgent) return 'callback'
  return isPost && actor.kind !== 'person' ? 'ping' : 'manual'
}

/** The bounds of a wakeup that an agent requests, with its key or with the token of its run. */
export function causeOf(actor: Actor, bounds: WakeBounds): AgentCause | undefined {
  switch (actor.kind) {
    case 'run':
      return { agentId: actor.agentId, runId: actor.runId, bounds }
    case 'agent':
      return { agentId: actor.agentId, runId: null, bounds }
    default:
      return undefined
  }
}

type Texts = Pick<WakeupRequest, 'reason' | 'payload' | 'contextSnapshot' | 'idempotencyKey'>

/** Redacts an agent's secrets in a wakeup that it requests. Wakeups of people are not changed. */
export async function withoutSecrets<Wakeup extends Texts>(
  { sql, secretKey }: AccessSettings,
  actor: Actor,
  wakeup: Wakeup,
): Promise<Wakeup> {
  if (actor.kind !== 'agent' && actor.kind !== 'run') return wakeup
  const redact = await createAgentRedactor(sql, secretKey, {
    agentId: actor.agentId,
    runId: actor.kind === 'run' ? actor.runId : null,
  })
  const { reason, payload, contextSnapshot, idempotencyKey } = wakeup
  const texts = redact({ reason, payload, contextSnapshot })
  return { ...wakeup, ...texts, idempotencyKey: redact.key(idempotencyKey) }
}
