import type { Role } from '@/server/domain/agent-status'

/**
 * `people`: the lowest role that is allowed. `agents`: what an agent key or a run token may reach: nothing, its own agent,
 * every agent of its company, or (a run token only) its own run. `tokens`: whether a personal token is enough, or the
 * person must be signed in.
 */
export type Rule = {
  people: Role | 'none'
  agents: 'none' | 'own' | 'company' | 'this_run'
  tokens: 'any' | 'none'
}

const viewer: Rule = { people: 'viewer', agents: 'none', tokens: 'any' }
const viewerOrItself: Rule = { people: 'viewer', agents: 'own', tokens: 'any' }
const operator: Rule = { people: 'operator', agents: 'none', tokens: 'any' }
const owner: Rule = { people: 'owner', agents: 'none', tokens: 'any' }
const ownAccount: Rule = { people: 'viewer', agents: 'none', tokens: 'none' }

const table = {
  'board.get': viewer,
  'board.history': viewer,
  'board.lastLines': viewer,
  'company.list': viewer,
  'company.get': viewer,
  'company.create': owner,
  'company.update': operator,
  'company.createExample': owner,
  'company.removeExample': owner,
  'agent.list': viewer,
  'agent.get': viewerOrItself,
  'agent.outcomes': viewer,
  'agent.history': viewer,
  'agent.create': operator,
  'agent.update': operator,
  'agent.pause': operator,
  'agent.resume': operator,
  'agent.terminate': operator,
  'agent.runtimeState': viewerOrItself,
  'agent.resetSession': operator,
  'agent.keys': operator,
  'agent.createKey': operator,
  'agent.revokeKey': operator,
  'wakeup.create': { people: 'operator', agents: 'company', tokens: 'any' },
  'wakeup.list': viewer,
  'run.list': viewerOrItself,
  'run.get': viewerOrItself,
  'run.neighbours': viewerOrItself,
  'run.cancel': operator,
  'run.retry': operator,
  'run.events': viewerOrItself,
  'run.log': viewerOrItself,
  'run.logLines': viewerOrItself,
  'run.logLineStreams': viewerOrItself,
  'run.searchLog': viewerOrItself,
  'run.onLog': viewerOrItself,
  'run.onEvent': viewerOrItself,
  'live.onEvent': viewer,
  'activity.list': viewer,
  'activity.installation': owner,
  'adapter.list': viewer,
  'adapter.check': operator,
  'cost.summary': viewer,
  'cost.report': { people: 'operator', agents: 'own', tokens: 'any' },
  'secret.list': viewer,
  'secret.set': operator,
  'secret.remove': operator,
  'notification.list': viewer,
  'notification.unread': viewer,
  'notification.markRead': viewer,
  'notification.settings': operator,
  'notification.setRule': operator,
  'notification.setWebhook': operator,
  'notification.removeWebhook': operator,
  'notification.test': operator,
  'notification.sendAgain': operator,
  'notification.deliveries': operator,
  'system.status': viewer,
  'member.list': viewer,
  'member.invite': owner,
  'member.update': owner,
  'member.remove': owner,
  'account.get': viewer,
  'account.update': ownAccount,
  'account.sessions': ownAccount,
  'account.endSession': ownAccount,
  'account.signOutEverywhere': ownAccount,
  'token.list': ownAccount,
  'token.create': ownAccount,
  'token.revoke': ownAccount,
} as const satisfies Record<string, Rule>

export type Procedure = keyof typeof table

/** Who may call what. A procedure that is missing here keeps the server from starting. */
export const permissions: Readonly<Record<string, Rule>> = table

const rank = { viewer: 0, operator: 1, owner: 2 } as const satisfies Record<Role, number>

export function isAtLeast(role: Role, least: Role): boolean {
  return rank[role] >= rank[least]
}

/** The procedures that a person of this role may call in a company: screens offer only these. */
export function allowedTo(role: Role): Procedure[] {
  return (Object.keys(table) as Procedure[]).filter((path) => {
    const { people } = table[path] as Rule
    return people !== 'none' && isAtLeast(role, people)
  })
}

/** The same for plain HTTP routes; null: open to everyone. */
export const routePermissions = {
  'GET /healthz': null,
  'GET /readyz': null,
  /** Open to everyone where the server listens on loopback only. */
  'GET /metrics': viewer,
  'POST /api/sign-in': null,
  'POST /api/sign-out': null,
  'POST /api/invitation': null,
  'POST /api/invitation/accept': null,
  'POST /api/agents/{agentId}/wakeups': { people: 'operator', agents: 'company', tokens: 'any' },
  'GET /api/runs/{runId}/log': viewerOrItself,
  'GET /api/companies/{companyId}/activity': viewer,
  'POST /api/runs/{runId}/result': { people: 'none', agents: 'this_run', tokens: 'none' },
} as const satisfies Record<string, Rule | null>

/** Fails at start, not at the first call, when the table does not match the router. */
export function checkPermissions(procedures: string[]): void {
  const missing = procedures.filter((path) => !permissions[path])
  const unknown = Object.keys(permissions).filter((path) => !procedures.includes(path))
  if (missing.length > 0) throw new Error(`no permission is set for ${missing.join(', ')}`)
  if (unknown.length > 0) throw new Error(`permissions are set for procedures that do not exist: ${unknown.join(', ')}`)
}
