export const agentStatuses = ['idle', 'running', 'error', 'paused', 'terminated'] as const
export type AgentStatus = (typeof agentStatuses)[number]

export const companyStatuses = ['active', 'paused', 'archived'] as const
export type CompanyStatus = (typeof companyStatuses)[number]

/** The effect of a pause on runs. `finish`: running ones continue to their end, queued ones wait for the resume. */
export const pauseRuns = ['cancel', 'finish'] as const
export type PauseRuns = (typeof pauseRuns)[number]

export const roles = ['owner', 'operator', 'viewer'] as const
export type Role = (typeof roles)[number]

/** The orders of a list of agents. */
export const agentSorts = ['created', 'name', 'status', 'lastHeartbeat', 'nextHeartbeat', 'spent'] as const
export type AgentSort = (typeof agentSorts)[number]
