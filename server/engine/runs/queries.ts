import { and, asc, eq, getTableColumns, gt } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { heartbeatRunEvents } from '@/db/schema'
import { notFound } from '@/server/domain/errors'
import type { StoredRunEventContent } from '@/server/domain/run-event'
import type { Charge } from '@/server/engine/charges/book'
import { type Run, runColumns } from './view'

/** What a run was charged so far, summed up; `costMicros` is null for tokens without a price. */
export type RunCharge = Pick<
  Charge,
  'provider' | 'model' | 'pricing' | 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'costMicros'
>

const mostCharges = 100

export async function getRun(sql: Executor, runId: string): Promise<Run & { agentName: string; charges: RunCharge[] }> {
  const [[run], charges] = await Promise.all([
    sql<(Run & { agentName: string })[]>`
      select ${runColumns(sql)}, a.name as agent_name from heartbeat_runs r join agents a on a.id = r.agent_id where r.id = ${runId}`,
    sql<RunCharge[]>`
      select provider, model, pricing, sum(input_tokens)::float8 as input_tokens,
        sum(output_tokens)::float8 as output_tokens, sum(cached_input_tokens)::float8 as cached_input_tokens,
        sum(cost_micros)::float8 as cost_micros
      from cost_events where run_id = ${runId}
      group by provider, model, pricing order by min(occurred_at), provider, model, pricing limit ${mostCharges}`,
  ])
  if (!run) throw notFound('run')
  return { ...run, charges: [...charges] }
}

/** The runs of the same agent right before and right after this one, by the time they were queued. */
export async function neighboursOf(
  sql: Executor,
  runId: string,
): Promise<{ previousRunId: string | null; nextRunId: string | null }> {
  const [found] = await sql<{ previousRunId: string | null; nextRunId: string | null }[]>`
    select
      (select id from heartbeat_runs b where b.agent_id = r.agent_id and (b.created_at, b.id) < (r.created_at, r.id)
        order by b.created_at desc, b.id desc limit 1) as previous_run_id,
      (select id from heartbeat_runs b where b.agent_id = r.agent_id and (b.created_at, b.id) > (r.created_at, r.id)
        order by b.created_at, b.id limit 1) as next_run_id
    from heartbeat_runs r where r.id = ${runId}`
  if (!found) throw notFound('run')
  return found
}

export type RunEvent = Omit<typeof heartbeatRunEvents.$inferSelect, 'companyId' | 'eventType' | 'payload'> &
  StoredRunEventContent

/** In order of `seq`; `nextSeq` is null when nothing more was there. */
export async function listEvents(
  sql: Executor,
  query: { runId: string; afterSeq: number; limit: number },
): Promise<{ items: RunEvent[]; nextSeq: number | null }> {
  const { companyId: _, ...columns } = getTableColumns(heartbeatRunEvents)
  const rows = await drizzleOn(sql)
    .select(columns)
    .from(heartbeatRunEvents)
    .where(and(eq(columns.runId, query.runId), gt(columns.seq, query.afterSeq)))
    .orderBy(asc(columns.seq))
    .limit(query.limit + 1)
  // A payload is that of its event's type: a row's type does not say so.
  const items = rows.slice(0, query.limit) as RunEvent[]
  return { items, nextSeq: rows.length > query.limit ? (items.at(-1)?.seq ?? null) : null }
}
