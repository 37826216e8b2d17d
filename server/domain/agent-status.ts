export const agentStatuses = ['idle', 'running', 'error', 'paused', 'terminated'] as const
export type AgentStatus = (typeof agentStatuses)[number]

export const companyStatuses = ['active', 'paused', 'archived'] as const
export type CompanyStatus = (typeof companyStatuses)[number]

/** What becomes of the runs at a pause. `finish`: running ones go on to their end, queued ones wait for the resume. */
export const pauseRuns = ['cancel', 'finish'] as const
export type PauseRuns = (typeof pauseRuns)[number]

export const roles = ['owner', 'operator', 'viewer'] as const
export type Role = (typeof roles)[number]

/** What a list of agents can be ordered by. */
export const agentSorts = ['created', 'name', 'status', 'lastHeartbeat', 'nextHeartbeat', 'spent'] as const
export type AgentSort = (typeof agentSorts)[number]
