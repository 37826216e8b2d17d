import type { Role } from '@/server/domain/agent-status'

/** The limits of a personal token: one company or all (null); a highest role, or the role of its person (null). */
export type Scope = { tokenId: string; companyId: string | null; role: Role | null }

/** The caller. Roles in companies are looked up per call, so that a change takes effect at once. */
export type Actor =
  /** `sessionId`: of a signed-in browser; `scope`: of a personal token. One of them is null. */
  | {
      kind: 'person'
      personId: string
      name: string
      isOwner: boolean
      sessionId: string | null
      scope: Scope | null
    }
  /** The bearer of REVEILLE_TOKEN, an owner everywhere; or of a token that was created with it. */
  | { kind: 'operator_token'; scope: Scope | null }
  | { kind: 'agent'; keyId: string; agentId: string; companyId: string }
  | { kind: 'run'; runId: string; agentId: string; companyId: string }

/** The actor as stored in records: people and their tokens are users. */
export function recordedActor(actor: Actor): { type: 'user' | 'agent'; id: string | null } {
  switch (actor.kind) {
    case 'person':
      return { type: 'user', id: actor.personId }
    case 'operator_token':
      return { type: 'user', id: null }
    case 'agent':
    case 'run':
      return { type: 'agent', id: actor.agentId }
  }
}

/** Identifies the credential of an actor: the limits on streams and sockets apply per credential. */
export function credentialOf(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return `person ${actor.scope?.tokenId ?? actor.sessionId}`
    case 'operator_token':
      return `operator ${actor.scope?.tokenId ?? ''}`
    case 'agent':
      return `agent ${actor.keyId}`
    case 'run':
      return `run ${actor.runId}`
  }
}

/** People, and tokens that act for people. */
export type PersonActor = Extract<Actor, { kind: 'person' | 'operator_token' }>

export function isPerson(actor: Actor): actor is PersonActor {
  return actor.kind === 'person' || actor.kind === 'operator_token'
}

export function scopeOf(actor: Actor): Scope | null {
  return isPerson(actor) ? actor.scope : null
}
