import type { Executor, Tx } from '@/db/client'
import type { agentRevisions } from '@/db/schema'
import type { By } from '@/server/activity/record'

export type Revision = Omit<typeof agentRevisions.$inferSelect, 'companyId'> & { actorName: string | null }

/** The newest of an agent; of older ones each new one removes some. */
const keptRevisions = 200
const removedAtOnce = 20

/**
 * Keeps what an agent's configuration has become, numbered from 1; nothing where it is as the last one says. The caller
 * holds the agent's row.
 */
export async function recordRevision(tx: Tx, by: By, agentId: string): Promise<void> {
  await tx`
    insert into agent_revisions (company_id, agent_id, number, actor_type, actor_id, name, adapter_type, adapter_config,
      runtime_config, budget_monthly_micros)
    select a.company_id, a.id, coalesce(last.number, 0) + 1, ${by.type}, ${by.id}, a.name, a.adapter_type,
      a.adapter_config, a.runtime_config, a.budget_monthly_micros
    from agents a left join lateral (
      select * from agent_revisions where agent_id = a.id order by number desc limit 1
    ) last on true
    where a.id = ${agentId} and (last.id is null or
      (last.name, last.adapter_type, last.adapter_config, last.runtime_config) <>
        (a.name, a.adapter_type, a.adapter_config, a.runtime_config)
      or last.budget_monthly_micros is distinct from a.budget_monthly_micros)`
  await tx`
    delete from agent_revisions where id in (
      select id from agent_revisions where agent_id = ${agentId}
        and number <= (select max(number) from agent_revisions where agent_id = ${agentId}) - ${keptRevisions}
      order by number limit ${removedAtOnce})`
}

/** Newest first; `nextCursor` goes into `cursor` for the next page. */
export async function listRevisions(
  sql: Executor,
  query: { agentId: string; cursor?: number | null; limit: number },
): Promise<{ items: Revision[]; nextCursor: number | null }> {
  const rows = await sql<Revision[]>`
    select r.id, r.agent_id, r.number, r.actor_type, r.actor_id, p.name as actor_name, r.created_at, r.name,
      r.adapter_type, r.adapter_config, r.runtime_config, r.budget_monthly_micros
    from agent_revisions r left join people p on p.id::text = r.actor_id
    where r.agent_id = ${query.agentId} ${query.cursor ? sql`and r.number < ${query.cursor}` : sql``}
    order by r.number desc limit ${query.limit + 1}`
  const items = rows.slice(0, query.limit)
  return { items, nextCursor: rows.length > query.limit ? (items.at(-1)?.number ?? null) : null }
}
