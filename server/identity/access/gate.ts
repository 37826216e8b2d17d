import { and, eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { companies, heartbeatRuns, memberships } from '@/db/schema'
import type { Role } from '@/server/domain/agent-status'
import { ApiError, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Actor, type PersonActor, scopeOf } from './actor'
import { cachedCompanyOf, companyOf } from './agent-companies'
import { isAtLeast, type Rule } from './permissions'
import { isOwnerEverywhere, roleIn } from './roles'

/** A resource that a call was granted access to, and its company. */
export type Reached = { noun: 'company' | 'agent' | 'run'; companyId: CompanyId }
export type Person = { personId: string; sessionId: string | null }

/** Checks which resources an actor may reach through one procedure. Only the gate creates a `CompanyId`. */
export type Gate = {
  /** Access to the complete company. Agents are refused. */
  company(companyId: string): Promise<CompanyId>
  agent(agentId: string): Promise<{ agentId: string; companyId: CompanyId }>
  /** The same for callers that lock the agent and so notice its removal themselves: usually needs no query. */
  agentToLock(agentId: string): Promise<{ agentId: string; companyId: CompanyId }>
  run(runId: string): Promise<{ runId: string; agentId: string; companyId: CompanyId }>
  /** The companies in which this actor has at least this role; null for all. */
  companies(atLeast?: Role): Promise<CompanyId[] | null>
  /** The role of the caller in a company; null for none. */
  role(companyId: CompanyId): Promise<Role | null>
  /** Access to data of the installation that belongs to no company. */
  installation(): Promise<void>
  /** Access to the caller's own account. The bearer of REVEILLE_TOKEN is not a person and is refused. */
  person(): Person
  /** The resources granted so far: an open stream's rights to them are checked again regularly. */
  reached: readonly Reached[]
}

/** An id of another company and an unknown id are refused with the same error. */
export function createGate(sql: RawSql, actor: Actor, rule: Rule): Gate {
  const isAgent = actor.kind === 'agent' || actor.kind === 'run'
  const scope = scopeOf(actor)
  if (isAgent ? rule.agents === 'none' : rule.people === 'none') throw forbidden()
  if (scope && rule.tokens === 'none') throw new ApiError('forbidden', 'A token cannot do this: sign in.')
  const reached: Reached[] = []
  const db = drizzleOn(sql)

  async function reach(companyId: string, noun: Reached['noun']): Promise<CompanyId> {
    if (isAgent) {
      if (actor.companyId !== companyId) throw notFound(noun)
    } else {
      const role = await roleIn(sql, actor, companyId)
      if (role === null) throw notFound(noun)
      if (rule.people === 'none' || !isAtLeast(role, rule.people)) throw forbidden()
    }
    const mayReach = companyId as CompanyId
    reached.push({ noun, companyId: mayReach })
    return mayReach
  }

  async function reachAgent(agentId: string, of: string | null) {
    if (of === null) throw notFound('agent')
    const companyId = await reach(of, 'agent')
    if (isAgent && rule.agents !== 'company' && actor.agentId !== agentId) throw forbidden()
    return { agentId, companyId }
  }

  return {
    reached,
    async company(companyId) {
      if (isAgent) throw forbidden()
      const [found] = await db.select({ id: companies.id }).from(companies).where(eq(companies.id, companyId))
      if (!found) throw notFound('company')
      return await reach(companyId, 'company')
    },
    agent: async (agentId) => reachAgent(agentId, await companyOf(sql, agentId)),
    agentToLock: async (agentId) => reachAgent(agentId, await cachedCompanyOf(sql, agentId)),
    async run(runId) {
      const { id, companyId: of, agentId } = heartbeatRuns
      const [found] = await db.select({ companyId: of, agentId }).from(heartbeatRuns).where(eq(id, runId))
      if (!found) throw notFound('run')
      const companyId = await reach(found.companyId, 'run')
      if (isAgent && actor.agentId !== found.agentId) throw forbidden()
      if (rule.agents === 'this_run' && !(actor.kind === 'run' && actor.runId === runId)) throw forbidden()
      return { runId, agentId: found.agentId, companyId }
    },
    async companies(atLeast = 'viewer') {
      if (isAgent) throw forbidden()
      return await companiesOf(sql, actor, atLeast)
    },
    role: (companyId) => roleIn(sql, actor, companyId),
    async installation() {
      if (isAgent || !(await mayReachInstallation(sql, actor, rule))) throw forbidden()
    },
    person() {
      if (actor.kind !== 'person') throw new ApiError('forbidden', 'REVEILLE_TOKEN is not a person: sign in.')
      return { personId: actor.personId, sessionId: actor.sessionId }
    },
  }
}

/** The companies in which this actor has at least the role `atLeast`; null for all. */
async function companiesOf(sql: RawSql, actor: PersonActor, atLeast: Role): Promise<CompanyId[] | null> {
  const scope = scopeOf(actor)
  if (!isAtLeast(scope?.role ?? 'owner', atLeast)) return []
  const only = scope?.companyId ?? null
  if (isOwnerEverywhere(actor)) return only === null ? null : [only as CompanyId]
  const { companyId, personId, role } = memberships
  const rows = await drizzleOn(sql)
    .select({ companyId, role })
    .from(memberships)
    .where(and(eq(personId, actor.personId), only === null ? undefined : eq(companyId, only)))
  return rows.filter((row) => isAtLeast(row.role, atLeast)).map((row) => row.companyId as CompanyId)
}

/** Viewers reach the installation by any membership; all others must be owners of it, without a token that limits them. */
async function mayReachInstallation(sql: RawSql, actor: PersonActor, rule: Rule): Promise<boolean> {
  const scope = scopeOf(actor)
  const isOwner = isOwnerEverywhere(actor)
  if (rule.people !== 'viewer') {
    const isLimited = scope !== null && (scope.companyId !== null || (scope.role ?? 'owner') !== 'owner')
    return isOwner && !isLimited
  }
  if (isOwner) return true
  const { id, personId } = memberships
  const [member] = await drizzleOn(sql).select({ id }).from(memberships).where(eq(personId, actor.personId)).limit(1)
  return member !== undefined
}

/** The error for a person whose roles no longer grant these resources; null where they do. */
export function refusalOfReach(
  rule: Rule,
  reached: readonly Reached[],
  roles: ReadonlyMap<CompanyId, Role>,
): ApiError | null {
  for (const { noun, companyId } of reached) {
    const role = roles.get(companyId)
    if (!role) return notFound(noun)
    if (rule.people === 'none' || !isAtLeast(role, rule.people)) return forbidden()
  }
  return null
}

function forbidden(): ApiError {
  return new ApiError('forbidden', 'This is not yours to see or do.')
}
