import type { ActorType } from '@/server/domain/wakeup-status'
import { type Actor, recordedActor, scopeOf } from '@/server/identity/access/actor'

/** The origin of a call. */
export type Caller = { address: string | null; userAgent: string | null }
/** Who performs an action, and from where; the server itself has no origin. */
export type AuditActor = { type: ActorType; id: string | null; from?: Caller & { via: string; viaId: string | null } }

export function auditActorOf(actor: Actor, caller: Caller | undefined): AuditActor {
  const from = { address: caller?.address ?? null, userAgent: caller?.userAgent ?? null }
  const scope = scopeOf(actor)
  const credential = scope
    ? { via: 'personal_token', viaId: scope.tokenId }
    : { via: actor.kind, viaId: credentialIdOf(actor) }
  return { ...recordedActor(actor), from: { ...from, ...credential } }
}

/** The id of the key, run or session. */
function credentialIdOf(actor: Actor): string | null {
  switch (actor.kind) {
    case 'person':
      return actor.sessionId
    case 'operator_token':
      return null
    case 'agent':
      return actor.keyId
    case 'run':
      return actor.runId
  }
}
