import { and, asc, desc, eq, getTableColumns, gt, min, type SQL, sum } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { rowAfter, rowBefore, scalar } from '@/db/expressions'
import { agents, costEvents, heartbeatRunEvents, heartbeatRuns } from '@/db/schema'
import { notFound } from '@/server/domain/errors'
import type { StoredRunEventContent } from '@/server/domain/run-event'
import type { Charge } from '@/server/engine/charges/book'
import { type Run, runColumns } from './view'

/** The charges of a run so far, summed per model; `costMicros` is null for tokens without a price. */
export type RunCharge = Pick<
  Charge,
  'provider' | 'model' | 'pricing' | 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'costMicros'
>

const mostCharges = 100

export async function getRun(sql: Executor, runId: string): Promise<Run & { agentName: string; charges: RunCharge[] }> {
  const [[run], charges] = await Promise.all([
    drizzleOn(sql)
      .select({ ...runColumns, agentName: agents.name })
      .from(heartbeatRuns)
      .innerJoin(agents, eq(agents.id, heartbeatRuns.agentId))
      .where(eq(heartbeatRuns.id, runId)),
    listCharges(sql, runId),
  ])
  if (!run) throw notFound('run')
  return { ...run, charges }
}

async function listCharges(sql: Executor, runId: string): Promise<RunCharge[]> {
  const { provider, model, pricing, inputTokens, outputTokens, cachedInputTokens, costMicros } = costEvents
  return await drizzleOn(sql)
    .select({
      provider,
      model,
      pricing,
      inputTokens: sum(inputTokens).mapWith(Number),
      outputTokens: sum(outputTokens).mapWith(Number),
      cachedInputTokens: sum(cachedInputTokens).mapWith(Number),
      costMicros: sum(costMicros).mapWith(Number),
    })
    .from(costEvents)
    .where(eq(costEvents.runId, runId))
    .groupBy(provider, model, pricing)
    .orderBy(min(costEvents.occurredAt), provider, model, pricing)
    .limit(mostCharges)
}

/** The runs of the same agent that were queued just before and just after this one. */
export async function neighboursOf(
  sql: Executor,
  runId: string,
): Promise<{ previousRunId: string | null; nextRunId: string | null }> {
  const db = drizzleOn(sql)
  const run = alias(heartbeatRuns, 'run')
  const { id, agentId, createdAt } = heartbeatRuns
  const isOfAgent = eq(agentId, run.agentId)
  const before = rowBefore([createdAt, id], [run.createdAt, run.id])
  const after = rowAfter([createdAt, id], [run.createdAt, run.id])
  const inOrder = (which: SQL) => db.select({ id }).from(heartbeatRuns).where(and(isOfAgent, which)).limit(1)
  const [found] = await db
    .select({
      previousRunId: scalar(inOrder(before).orderBy(desc(createdAt), desc(id))),
      nextRunId: scalar(inOrder(after).orderBy(createdAt, id)),
    })
    .from(run)
    .where(eq(run.id, runId))
  if (!found) throw notFound('run')
  return found
}

export type RunEvent = Omit<typeof heartbeatRunEvents.$inferSelect, 'companyId' | 'eventType' | 'payload'> &
  StoredRunEventContent

/** In order of `seq`; `nextSeq` is null if there are no more events. */
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
  // Each payload matches the type of its event, which the type of a row does not express.
  const items = rows.slice(0, query.limit) as RunEvent[]
  return { items, nextSeq: rows.length > query.limit ? (items.at(-1)?.seq ?? null) : null }
}
