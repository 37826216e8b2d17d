/** Who calls. Their roles in companies are looked up per call, so that a change takes effect at once. */
export type Actor =
  | { kind: 'person'; personId: string; name: string; isOwner: boolean }
  /** The bearer of REVEILLE_TOKEN: owner everywhere. */
  | { kind: 'operator_token' }
  | { kind: 'agent'; keyId: string; agentId: string; companyId: string }
  | { kind: 'run'; runId: string; agentId: string; companyId: string }

/** How an actor stands in records: people and their tokens are users. */
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

export function isPerson(actor: Actor): boolean {
  return actor.kind === 'person' || actor.kind === 'operator_token'
}
