import { z } from 'zod'
import { ApiError } from '@/server/domain/errors'
import { uuid } from '@/server/domain/ids'
import { asObject, type JsonObject } from '@/server/domain/json'
import { excessOfValue } from '@/server/domain/storable'
import { type TriggerDetail, triggerDetails, wakeupSources } from '@/server/domain/wakeup-status'
import type { Actor } from '@/server/identity/access/actor'
import type { AccessSettings } from '@/server/identity/access/authenticate'
import { withholdFor } from '@/server/secrets/withhold'
import type { AgentCause, WakeBounds } from './agent-bounds'
import type { WakeupRequest } from './request'

export const idempotencyKeyInput = z.string().min(1).max(200).nullish()

/** The wish of a wakeup, without whose it is. */
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

/** `manual` for people and their tokens, `callback` for agents and runs, `ping` for what else posts. */
export function triggerOf(actor: Actor, given: TriggerDetail | undefined, isPost: boolean): TriggerDetail {
  const isAgent = actor.kind === 'agent' || actor.kind === 'run'
  if (isAgent && given === 'manual') {
    throw new ApiError('forbidden', 'Only people wake by hand: leave triggerDetail out.', 'triggerDetail')
  }
  if (given) return given
  if (isAgent) return 'callback'
  return isPost && actor.kind !== 'person' ? 'ping' : 'manual'
}

/** What bounds this wish where an agent makes it, with its key or with the token of its run. */
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

/** What an agent asks for is kept and passed on: its secrets are not. People's words stand as they are. */
export async function withoutSecrets<Wish extends Texts>(
  { sql, secretKey }: AccessSettings,
  actor: Actor,
  wish: Wish,
): Promise<Wish> {
  if (actor.kind !== 'agent' && actor.kind !== 'run') return wish
  const withhold = await withholdFor(sql, secretKey, {
    agentId: actor.agentId,
    runId: actor.kind === 'run' ? actor.runId : null,
  })
  const { reason, payload, contextSnapshot, idempotencyKey } = wish
  const texts = withhold({ reason, payload, contextSnapshot })
  return { ...wish, ...texts, idempotencyKey: withhold.key(idempotencyKey) }
}
