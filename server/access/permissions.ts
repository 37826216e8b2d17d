import type { Role } from '@/server/domain/agent-status'

/**
 * `people`: the least role that may. `agents`: what an agent's key or a run's token may reach: nothing, its own agent,
 * or every agent of its company.
 */
export type Rule = { people: Role; agents: 'none' | 'own' | 'company' }

const viewer: Rule = { people: 'viewer', agents: 'none' }
const viewerOrItself: Rule = { people: 'viewer', agents: 'own' }
const operator: Rule = { people: 'operator', agents: 'none' }
const owner: Rule = { people: 'owner', agents: 'none' }

/** Who may call what. A procedure that is missing here keeps the server from starting. */
export const permissions: Record<string, Rule> = {
  'company.list': viewer,
  'company.get': viewer,
  'company.create': owner,
  'company.update': operator,
  'agent.list': viewer,
  'agent.get': viewerOrItself,
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
  'wakeup.create': { people: 'operator', agents: 'company' },
  'wakeup.list': viewer,
  'run.list': viewerOrItself,
  'run.get': viewerOrItself,
  'run.cancel': operator,
  'run.events': viewerOrItself,
  'run.log': viewerOrItself,
  'run.logLines': viewerOrItself,
  'run.searchLog': viewerOrItself,
  'run.onLog': viewerOrItself,
  'run.onEvent': viewerOrItself,
  'live.onEvent': viewer,
  'adapter.list': viewer,
  'adapter.check': operator,
  'cost.summary': viewer,
  'cost.report': { people: 'operator', agents: 'own' },
  'secret.list': viewer,
  'secret.set': operator,
  'secret.remove': operator,
  'system.status': viewer,
}

/** Fails at start, not at the first call, when the table and the router have grown apart. */
export function checkPermissions(procedures: string[]): void {
  const missing = procedures.filter((path) => !permissions[path])
  const unknown = Object.keys(permissions).filter((path) => !procedures.includes(path))
  if (missing.length > 0) throw new Error(`no permission is set for ${missing.join(', ')}`)
  if (unknown.length > 0) throw new Error(`permissions are set for procedures that do not exist: ${unknown.join(', ')}`)
}
