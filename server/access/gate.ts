import type { RawSql } from '@/db/client'
import type { Role } from '@/server/domain/agent-status'
import { Failure, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { Actor } from './actor'
import type { Rule } from './permissions'

const rank = { viewer: 0, operator: 1, owner: 2 } as const satisfies Record<Role, number>

/** What an actor may reach through one procedure. The only place where a `CompanyId` is made. */
export type Gate = {
  /** The whole company. For an agent: refused. */
  company(companyId: string): Promise<CompanyId>
  agent(agentId: string): Promise<{ agentId: string; companyId: CompanyId }>
  run(runId: string): Promise<{ runId: string; agentId: string; companyId: CompanyId }>
  /** The companies of this actor, or null for all. */
  companies(): Promise<CompanyId[] | null>
  /** The role of a person in a company they reach. */
  role(companyId: CompanyId): Promise<Role | null>
  /** For what concerns the installation and no company. */
  installation(): void
}

/** Other companies' ids and ids that do not exist get the same answer. */
export function createGate(sql: RawSql, actor: Actor, rule: Rule): Gate {
  const isAgent = actor.kind === 'agent' || actor.kind === 'run'
  if (isAgent && rule.agents === 'none') throw forbidden()

  async function reach(companyId: string, noun: string): Promise<CompanyId> {
    if (isAgent) {
      if (actor.companyId !== companyId) throw notFound(noun)
      return companyId as CompanyId
    }
    const role = await roleIn(sql, actor, companyId)
    if (role === null) throw notFound(noun)
    if (rank[role] < rank[rule.people]) throw forbidden()
    return companyId as CompanyId
  }

  return {
    async company(companyId) {
      if (isAgent) throw forbidden()
      const [found] = await sql`select from companies where id = ${companyId}`
      if (!found) throw notFound('company')
      return await reach(companyId, 'company')
    },
    async agent(agentId) {
      const [found] = await sql<{ companyId: string }[]>`select company_id from agents where id = ${agentId}`
      if (!found) throw notFound('agent')
      const companyId = await reach(found.companyId, 'agent')
      if (isAgent && rule.agents === 'own' && actor.agentId !== agentId) throw forbidden()
      return { agentId, companyId }
    },
    async run(runId) {
      const [found] = await sql<{ companyId: string; agentId: string }[]>`
        select company_id, agent_id from heartbeat_runs where id = ${runId}`
      if (!found) throw notFound('run')
      const companyId = await reach(found.companyId, 'run')
      if (isAgent && actor.agentId !== found.agentId) throw forbidden()
      return { runId, agentId: found.agentId, companyId }
    },
    async companies() {
      if (actor.kind === 'operator_token' || (actor.kind === 'person' && actor.isOwner)) return null
      if (actor.kind !== 'person') throw forbidden()
      const rows = await sql<{ companyId: CompanyId }[]>`
        select company_id from memberships where person_id = ${actor.personId}`
      return rows.map((row) => row.companyId)
    },
    role: (companyId) => roleIn(sql, actor, companyId),
    installation() {
      if (actor.kind === 'operator_token' || (actor.kind === 'person' && actor.isOwner)) return
      if (isAgent || rule.people !== 'viewer') throw forbidden()
    },
  }
}

async function roleIn(sql: RawSql, actor: Actor, companyId: string): Promise<Role | null> {
  if (actor.kind === 'operator_token') return 'owner'
  if (actor.kind !== 'person') return null
  if (actor.isOwner) return 'owner'
  const [membership] = await sql<{ role: Role }[]>`
    select role from memberships where person_id = ${actor.personId} and company_id = ${companyId}`
  return membership?.role ?? null
}

function forbidden(): Failure {
  return new Failure('forbidden', 'This is not yours to see or do.')
}
