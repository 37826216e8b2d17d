import { z } from 'zod'
import type { Actor } from '@/server/access/actor'
import { uuid } from '@/server/domain/ids'
import { isShallow } from '@/server/domain/storable'
import { type TriggerDetail, triggerDetails, wakeupSources } from '@/server/domain/wakeup-status'

const shallow = 'must not be nested more than 64 levels deep'

/** The wish of a wakeup, without whose it is. */
export const wakeupInput = z.object({
  source: z.enum(wakeupSources).default('on_demand'),
  triggerDetail: z.enum(triggerDetails).optional(),
  reason: z.string().max(2000).nullish(),
  payload: z.json().refine(isShallow, shallow).optional(),
  idempotencyKey: z.string().min(1).max(200).nullish(),
  contextSnapshot: z.record(z.string(), z.json()).refine(isShallow, shallow).nullish(),
})

export const wakeupOfAgentInput = wakeupInput.extend({ agentId: uuid })

/** `manual` for people and their tokens, `callback` for agents and runs, `ping` for programs that only post. */
export function triggerOf(actor: Actor, given: TriggerDetail | undefined, isPost: boolean): TriggerDetail {
  if (given) return given
  if (actor.kind === 'agent' || actor.kind === 'run') return 'callback'
  return isPost ? 'ping' : 'manual'
}
