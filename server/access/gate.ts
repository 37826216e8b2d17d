import type { Executor, RawSql } from '@/db/client'
import type { Role } from '@/server/domain/agent-status'
import { Failure, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Actor, type PersonActor, scopeOf } from './actor'
import { companyOf, rememberedCompanyOf } from './agent-companies'
import { isAtLeast, type Rule } from './permissions'

/** What a call has reached, and whose it is. */
export type Reached = { noun: 'company' | 'agent' | 'run'; companyId: CompanyId }
export type Person = { personId: string; sessionId: string | null }

/** What an actor may reach through one procedure. The only place where a `CompanyId` is made. */
export type Gate = {
  /** The whole company. For an agent: refused. */
  company(companyId: string): Promise<CompanyId>
  agent(agentId: string): Promise<{ agentId: string; companyId: CompanyId }>
  /** The same for what locks the agent, and so sees by itself whether it is still there: mostly without a statement. */
  agentToLock(agentId: string): Promise<{ agentId: string; companyId: CompanyId }>
  run(runId: string): Promise<{ runId: string; agentId: string; companyId: CompanyId }>
  /** The companies of this actor, or null for all; with a role, those where they have at least that. */
  companies(atLeast?: Role): Promise<CompanyId[] | null>
  /** The role of a person in a company they reach. */
  role(companyId: CompanyId): Promise<Role | null>
  /** For what concerns the installation and no company. */
  installation(): Promise<void>
  /** For what concerns the caller alone. Refused to the bearer of REVEILLE_TOKEN, who is no person. */
  person(): Person
  /** What was reached so far: a stream's rights to it are checked again while it lasts. */
  reached: readonly Reached[]
}

/** Other companies' ids and ids that do not exist get the same answer. */
export function createGate(sql: RawSql, actor: Actor, rule: Rule): Gate {
  const isAgent = actor.kind === 'agent' || actor.kind === 'run'
  const scope = scopeOf(actor)
  if (isAgent ? rule.agents === 'none' : rule.people === 'none') throw forbidden()
  if (scope && rule.tokens === 'none') throw new Failure('forbidden', 'A token can not do this: sign in.')
  const reached: Reached[] = []

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
      const [found] = await sql`select from companies where id = ${companyId}`
      if (!found) throw notFound('company')
      return await reach(companyId, 'company')
    },
    agent: async (agentId) => reachAgent(agentId, await companyOf(sql, agentId)),
    agentToLock: async (agentId) => reachAgent(agentId, await rememberedCompanyOf(sql, agentId)),
    async run(runId) {
      const [found] = await sql<{ companyId: string; agentId: string }[]>`
        select company_id, agent_id from heartbeat_runs where id = ${runId}`
      if (!found) throw notFound('run')
      const companyId = await reach(found.companyId, 'run')
      if (isAgent && actor.agentId !== found.agentId) throw forbidden()
      if (rule.agents === 'this_run' && !(actor.kind === 'run' && actor.runId === runId)) throw forbidden()
      return { runId, agentId: found.agentId, companyId }
    },
    async companies(atLeast = 'viewer') {
      if (isAgent) throw forbidden()
      const most = scope?.role ?? 'owner'
      if (!isAtLeast(most, atLeast)) return []
      const only = scope?.companyId ?? null
      if (actor.kind === 'operator_token' || actor.isOwner) return only === null ? null : [only as CompanyId]
      const rows = await sql<{ companyId: CompanyId; role: Role }[]>`
        select company_id, role from memberships
        where person_id = ${actor.personId} and ${only === null ? sql`true` : sql`company_id = ${only}`}`
      return rows.filter((row) => isAtLeast(row.role, atLeast)).map((row) => row.companyId)
    },
    role: (companyId) => roleIn(sql, actor, companyId),
    async installation() {
      if (isAgent) throw forbidden()
      if (rule.people === 'viewer') {
        if (actor.kind === 'operator_token' || actor.isOwner) return
        const [member] = await sql`select from memberships where person_id = ${actor.personId} limit 1`
        if (!member) throw forbidden()
        return
      }
      const isOwner = actor.kind === 'operator_token' || actor.isOwner
      const isLimited = scope !== null && (scope.companyId !== null || (scope.role ?? 'owner') !== 'owner')
      if (!isOwner || isLimited) throw forbidden()
    },
    person() {
      if (actor.kind !== 'person') throw new Failure('forbidden', 'REVEILLE_TOKEN is no person: sign in.')
      return { personId: actor.personId, sessionId: actor.sessionId }
    },
  }
}

/** Why a person with these roles may no longer have what was reached; null where they may. */
export function refusalOfReach(
  rule: Rule,
  reached: readonly Reached[],
  roles: ReadonlyMap<CompanyId, Role>,
): Failure | null {
  for (const { noun, companyId } of reached) {
    const role = roles.get(companyId)
    if (!role) return notFound(noun)
    if (rule.people === 'none' || !isAtLeast(role, rule.people)) return forbidden()
  }
  return null
}

/** The roles of a person in those of these companies that they reach. */
export async function rolesIn(
  sql: Executor,
  actor: PersonActor,
  companyIds: readonly CompanyId[],
): Promise<ReadonlyMap<CompanyId, Role>> {
  const personId = actor.kind === 'person' ? actor.personId : null
  const rows = await sql<{ id: CompanyId; role: Role | null }[]>`
    select c.id, m.role from companies c
    left join memberships m on m.company_id = c.id and m.person_id = ${personId}
    where c.id in ${sql(companyIds)}`
  return new Map(
    rows.flatMap(({ id, role }) => {
      const limited = limitedRole(actor, id, isOwnerEverywhere(actor) ? 'owner' : role)
      return limited ? [[id, limited]] : []
    }),
  )
}

/** A token never grants more than its person has at this moment. */
async function roleIn(sql: RawSql, actor: Actor, companyId: string): Promise<Role | null> {
  if (actor.kind === 'agent' || actor.kind === 'run') return null
  return limitedRole(actor, companyId, await wholeRoleIn(sql, actor, companyId))
}

/** What a token's scope leaves of a role. */
function limitedRole({ scope }: PersonActor, companyId: string, whole: Role | null): Role | null {
  if (scope && scope.companyId !== null && scope.companyId !== companyId) return null
  if (whole === null || !scope?.role) return whole
  return isAtLeast(scope.role, whole) ? whole : scope.role
}

function isOwnerEverywhere(
  actor: PersonActor,
): actor is Extract<PersonActor, { kind: 'operator_token' }> | (PersonActor & { isOwner: true }) {
  return actor.kind === 'operator_token' || actor.isOwner
}

async function wholeRoleIn(sql: RawSql, actor: PersonActor, companyId: string): Promise<Role | null> {
  if (isOwnerEverywhere(actor)) return 'owner'
  const [membership] = await sql<{ role: Role }[]>`
    select role from memberships where person_id = ${actor.personId} and company_id = ${companyId}`
  return membership?.role ?? null
}

function forbidden(): Failure {
  return new Failure('forbidden', 'This is not yours to see or do.')
}
