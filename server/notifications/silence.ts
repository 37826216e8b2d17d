import type { RawSql } from '@/db/client'
import { lastLine } from '@/server/board/last-lines'
import { silentAfterMs } from '@/server/domain/notification'
import type { LogPlaces } from '@/server/logs/places'

type Running = { id: string; companyId: string; agentId: string; startedAt: Date }

const most = 500
const atOnce = 8

/**
 * Looks at the logs of the runs that have been under way for a while, where they can be read from here, and keeps
 * `run_silences` right. Answers how many are silent.
 */
export async function findSilence(
  { sql, logs }: { sql: RawSql; logs: LogPlaces },
  afterMs = silentAfterMs,
): Promise<number> {
  await sql`
    delete from run_silences where run_id in (
      select s.run_id from run_silences s join heartbeat_runs r on r.id = s.run_id and r.status <> 'running'
      limit ${most} for update of s skip locked)`
  const runs = await sql<Running[]>`
    select r.id, r.company_id, r.agent_id, r.started_at from heartbeat_runs r join servers s on s.id = r.server_id
    where r.status = 'running' and r.started_at < now() - ${afterMs} * interval '1 millisecond'
      and s.store_id = ${logs.place.storeId}
    order by r.started_at limit ${most}`
  let silent = 0
  for (let at = 0; at < runs.length; at += atOnce) {
    const found = await Promise.all(runs.slice(at, at + atOnce).map((run) => judge(sql, logs, run, afterMs)))
    silent += found.filter(Boolean).length
  }
  return silent
}

async function judge(sql: RawSql, logs: LogPlaces, run: Running, afterMs: number): Promise<boolean> {
  const line = await lastLine(logs.own, run.id).catch(() => null)
  if (!line) return false
  const lastOutputAt = line.at ?? run.startedAt.toISOString()
  const rows = await sql`
    with old as (
      delete from run_silences where run_id = ${run.id} and last_output_at < ${lastOutputAt}
    )
    insert into run_silences (run_id, company_id, agent_id, last_output_at)
    select ${run.id}, ${run.companyId}, ${run.agentId}, ${lastOutputAt}
    where ${lastOutputAt}::timestamptz < now() - ${afterMs} * interval '1 millisecond'
    on conflict (run_id) do update set last_output_at = excluded.last_output_at
    returning 1`
  return rows.length > 0
}
