import { type Actor, recordedActor } from '@/server/access/actor'
import type { ActorType } from '@/server/domain/wakeup-status'

/** Where a call comes from. */
export type Caller = { address: string | null; userAgent: string | null }
/** Who does something; with where from, unless it is the server itself. */
export type By = { type: ActorType; id: string | null; from?: Caller & { via: string; viaId: string | null } }

export function byOf(actor: Actor, caller: Caller | undefined): By {
  const from = { address: caller?.address ?? null, userAgent: caller?.userAgent ?? null }
  return { ...recordedActor(actor), from: { ...from, via: actor.kind, viaId: credentialOf(actor) } }
}

/** Which key, run or token was shown. */
function credentialOf(actor: Actor): string | null {
  if ('keyId' in actor) return actor.keyId
  if ('runId' in actor) return actor.runId
  return 'tokenId' in actor ? String(actor.tokenId) : null
}
