import { createHash } from 'node:crypto'
import type { RawSql } from '@/db/client'

/** What must hold when all is over, as statements whose rows are the violations. */
const questions = {
  'a run has not ended': (sql: RawSql) => sql`select id, status from heartbeat_runs where finished_at is null`,
  'a wakeup has not ended': (sql: RawSql) =>
    sql`select id, status, run_id from agent_wakeup_requests where status in ('queued', 'claimed')`,
  'a wakeup ended otherwise than its run': (sql: RawSql) => sql`
    select w.id, w.status, r.status as run_status from agent_wakeup_requests w
    left join heartbeat_runs r on r.id = w.run_id
    where w.status in ('completed', 'failed', 'cancelled', 'timed_out')
      and (r.status is null or w.status <> case r.status when 'succeeded' then 'completed' else r.status end)`,
  'an agent is said to run': (sql: RawSql) => sql`select id, name from agents where status = 'running'`,
  'two runs of an agent overlapped': (sql: RawSql) => sql`
    select a.id, a.started_at, a.finished_at, a.error_code, b.id as other, b.started_at as other_started,
      b.finished_at as other_finished, b.error_code as other_code
    from heartbeat_runs a join heartbeat_runs b on b.agent_id = a.agent_id and b.id > a.id
    where tstzrange(a.started_at, a.finished_at) && tstzrange(b.started_at, b.finished_at)`,
  'events of a run are not numbered from 1 on': (sql: RawSql) => sql`
    select r.id, r.last_event_seq, count(e.seq) as events from heartbeat_runs r
    left join heartbeat_run_events e on e.run_id = r.id
    group by r.id having count(e.seq) <> r.last_event_seq or max(e.seq) <> r.last_event_seq`,
  'a run has not exactly one final event, at its end': (sql: RawSql) => sql`
    select r.id, r.status from heartbeat_runs r
    where (select count(*) from heartbeat_run_events e where e.run_id = r.id and e.event_type = 'lifecycle'
        and e.payload ->> 'status' in ('succeeded', 'failed', 'cancelled', 'timed_out')) <> 1
      or (select e.payload ->> 'status' from heartbeat_run_events e
        where e.run_id = r.id and e.seq = r.last_event_seq) is distinct from r.status`,
  'a run was tried again twice': (sql: RawSql) => sql`
    select retry_of_run_id from heartbeat_runs where retry_of_run_id is not null
    group by retry_of_run_id having count(*) > 1`,
  'a server holds runs after its end': (sql: RawSql) => sql`
    select s.id from servers s join heartbeat_runs r on r.server_id = s.id
    where s.ended_at is not null and r.status = 'running'`,
} satisfies Record<string, (sql: RawSql) => PromiseLike<readonly object[]>>

export async function findViolations(sql: RawSql): Promise<string[]> {
  const found: string[] = []
  for (const [what, ask] of Object.entries(questions)) {
    const rows = await ask(sql)
    for (const row of rows.slice(0, 5)) found.push(`${what}: ${JSON.stringify(row)}`)
  }
  return found
}

/** Whether the logs, as they are downloaded, are what was recorded of them: some hundred of them. */
export async function findWrongLogs(sql: RawSql, server: { url: string; token: string }): Promise<string[]> {
  const runs = await sql<{ id: string; logSha256: string; logBytes: number }[]>`
    select id, log_sha256, log_bytes from heartbeat_runs where log_bytes > 0 order by random() limit 300`
  const wrong: string[] = []
  for (const run of runs) {
    const log = await download(server, run.id).catch(() => download(server, run.id))
    const isRight = log.length === run.logBytes && createHash('sha256').update(log).digest('hex') === run.logSha256
    if (!isRight) wrong.push(`the log of ${run.id} has ${log.length} bytes and not those recorded (${run.logBytes})`)
  }
  return wrong
}

/** Fails too where the server closes an idle connection in the moment in which it is used again. */
async function download(server: { url: string; token: string }, runId: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${server.token}` }
  const answer = await fetch(`${server.url}/api/runs/${runId}/log`, { headers })
  return Buffer.from(await answer.arrayBuffer())
}
