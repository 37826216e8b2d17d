import type { Executor } from '@/db/client'
import type { heartbeatRunEvents } from '@/db/schema'
import type { Charge } from '@/server/costs/book'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import type { RunStatus } from '@/server/domain/run-status'
import type { WakeupSource } from '@/server/domain/wakeup-status'
import { type Run, type RunRow, type RunSummary, runSummary, runView } from './view'

export type RunFilter = {
  companyId: CompanyId
  agentId?: string
  status?: RunStatus
  source?: WakeupSource
  /** `createdAt` from here on. */
  since?: Date
  /** `createdAt` before. */
  until?: Date
  limit: number
  cursor?: PageCursor | null
}

export async function listRuns(sql: Executor, filter: RunFilter): Promise<Page<RunSummary>> {
  const { cursor } = filter
  const rows = await sql<RunRow[]>`
    select id, company_id, agent_id, status, invocation_source, trigger_detail, adapter_type, wakeup_request_id, retry_of_run_id,
      server_id, created_at, started_at, finished_at, cancel_requested_at, cancel_reason, error, error_code, exit_code,
      signal, survivors_killed, process_pid, session_id_before, session_id_after, log_ref, log_bytes, log_sha256,
      log_truncated_bytes
    from heartbeat_runs
    where company_id = ${filter.companyId}
      ${filter.agentId ? sql`and agent_id = ${filter.agentId}` : sql``}
      ${filter.status ? sql`and status = ${filter.status}` : sql``}
      ${filter.source ? sql`and invocation_source = ${filter.source}` : sql``}
      ${filter.since ? sql`and created_at >= ${filter.since}` : sql``}
      ${filter.until ? sql`and created_at < ${filter.until}` : sql``}
      ${cursor ? sql`and (created_at, id) < (${cursor.at}, ${cursor.id})` : sql``}
    order by created_at desc, id desc limit ${filter.limit + 1}`
  const page = pageOf(rows, filter.limit, (run) => run.createdAt)
  return { ...page, items: page.items.map(runSummary) }
}

/** What a run was charged so far, summed up; `costMicros` is null for tokens without a price. */
export type RunCharge = Pick<
  Charge,
  'provider' | 'model' | 'pricing' | 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'costMicros'
>

const mostCharges = 100

export async function getRun(sql: Executor, runId: string): Promise<Run & { charges: RunCharge[] }> {
  const [[run], charges] = await Promise.all([
    sql<RunRow[]>`select * from heartbeat_runs where id = ${runId}`,
    sql<RunCharge[]>`
      select provider, model, pricing, sum(input_tokens)::float8 as input_tokens,
        sum(output_tokens)::float8 as output_tokens, sum(cached_input_tokens)::float8 as cached_input_tokens,
        sum(cost_micros)::float8 as cost_micros
      from cost_events where run_id = ${runId}
      group by provider, model, pricing order by min(occurred_at), provider, model, pricing limit ${mostCharges}`,
  ])
  if (!run) throw notFound('run')
  return { ...runView(run), charges: [...charges] }
}

export type RunEvent = Omit<typeof heartbeatRunEvents.$inferSelect, 'companyId'>

/** In order of `seq`; `nextSeq` is null when nothing more was there. */
export async function listEvents(
  sql: Executor,
  query: { runId: string; afterSeq: number; limit: number },
): Promise<{ items: RunEvent[]; nextSeq: number | null }> {
  const rows = await sql<RunEvent[]>`
    select seq, run_id, event_type, stream, level, color, message, payload, created_at
    from heartbeat_run_events where run_id = ${query.runId} and seq > ${query.afterSeq}
    order by seq limit ${query.limit + 1}`
  const items = rows.slice(0, query.limit)
  return { items, nextSeq: rows.length > query.limit ? (items.at(-1)?.seq ?? null) : null }
}
