import type { RawSql } from '@/db/client'
import { wholeContext } from '@/server/engine/runs/context'

/**
 * What must hold between any two transactions, whatever happens: a line for each row that breaks it. A run is superseded
 * when the wakeup it was made for names a later run. A company that is still cancelling its runs has some, and where pauses
 * may let runs finish (`mayFinish`), so has what is paused.
 */
export async function brokenInvariants(sql: RawSql, { mayFinish = false } = {}): Promise<string[]> {
  const stopped = mayFinish
    ? sql`(a.status = 'terminated' or c.status = 'archived')`
    : sql`(a.status in ('paused', 'terminated') or c.status <> 'active')`
  const found = await Promise.all([
    sql<Broken[]>`
      select 'more runs than the agent may have' as what, a.id from agents a where
        (select count(*) from heartbeat_runs r where r.agent_id = a.id and r.status = 'running') > a.max_concurrent_runs
        or (select count(*) from heartbeat_runs r where r.agent_id = a.id and r.status = 'queued') > 1`,
    sql<Broken[]>`
      select 'more runs than the company may have', c.id from companies c where
        (select count(*) from heartbeat_runs r where r.company_id = c.id and r.status = 'running') > c.max_concurrent_runs`,
    sql<Broken[]>`
      select 'an agent''s status does not fit its runs: ' || a.status as what, a.id from agents a
      where a.status not in ('paused', 'terminated') and (a.status = 'running') <>
        exists (select from heartbeat_runs r where r.agent_id = a.id and r.status = 'running')`,
    sql<Broken[]>`
      select 'a stopped agent has a run that nobody stops', r.id
      from heartbeat_runs r join agents a on a.id = r.agent_id join companies c on c.id = a.company_id
      where r.status in ('queued', 'running') and r.cancel_requested_at is null
        and ${stopped}
        and not exists (select from company_cancels x where x.company_id = c.id)`,
    wakeupsOf(sql),
    deliveriesOf(sql),
    eventsOf(sql),
    moneyOf(sql),
  ])
  return found.flat().map(({ what, id }) => `${what} (${id})`)
}

type Broken = { what: string; id: string }

function wakeupsOf(sql: RawSql) {
  return sql<Broken[]>`
    select 'a wakeup ' || w.status || ' with a run ' || coalesce(r.status, 'missing') as what, w.id
    from agent_wakeup_requests w left join heartbeat_runs r on r.id = w.run_id
    where not case w.status
      when 'queued' then r.status = 'queued'
      when 'claimed' then r.status = 'running' or (r.status = 'queued' and r.retry_of_run_id is not null)
      when 'completed' then r.status = 'succeeded'
      when 'coalesced' then r.id is not null
      when 'skipped' then r.id is null
      else r.status = w.status end
    union all
    select 'a live run without an open wakeup', r.id
    from heartbeat_runs r left join agent_wakeup_requests w on w.id = r.wakeup_request_id
    where r.status in ('queued', 'running')
      and (w.run_id is distinct from r.id or w.status not in ('queued', 'claimed'))`
}

/** Every wakeup is in the list of exactly one run that was not superseded; one that joined a running run is in none. */
function deliveriesOf(sql: RawSql) {
  return sql<Broken[]>`
    with delivered as (
      select (v ->> 'id')::uuid as id, v -> 'payload' as payload
      from heartbeat_runs r join agent_wakeup_requests own on own.id = r.wakeup_request_id and own.run_id = r.id,
        jsonb_array_elements(${sql.unsafe(wholeContext('r'))} -> 'wakeups') v
    )
    select 'a wakeup delivered ' || count(d.id) || ' times, ' || w.status || ' ' || w.source as what, w.id
    from agent_wakeup_requests w join agents a on a.id = w.agent_id left join delivered d on d.id = w.id
    group by w.id, a.id
    having count(d.id) <> case when w.status = 'skipped' then 0 else 1 end and not (count(d.id) = 0
      and w.status = 'coalesced'
      and (w.source = 'timer' or a.runtime_config #>> '{heartbeat,whenRunning}' = 'coalesce'))
    union all
    select 'a wakeup delivered with another payload', w.id from agent_wakeup_requests w join delivered d on d.id = w.id
    where coalesce(w.payload, 'null') <> d.payload`
}

function eventsOf(sql: RawSql) {
  return sql<Broken[]>`
    select 'events with a gap' as what, r.id
    from heartbeat_runs r left join heartbeat_run_events e on e.run_id = r.id
    group by r.id having count(e.seq) <> r.last_event_seq or min(e.seq) <> 1 or max(e.seq) <> r.last_event_seq
    union all
    select 'a run whose last status event is not its status', r.id from heartbeat_runs r
    where r.status is distinct from (select e.payload ->> 'status' from heartbeat_run_events e
      where e.run_id = r.id and e.event_type = 'lifecycle' order by e.seq desc limit 1)
    union all
    select 'an event earlier than the one before it', e.run_id
    from heartbeat_run_events e join heartbeat_run_events next on next.run_id = e.run_id and next.seq = e.seq + 1
    where next.created_at < e.created_at
    union all
    select 'an event after the final one', r.id from heartbeat_runs r
    where r.finished_at is not null and r.last_event_seq <> (select max(seq) from heartbeat_run_events e
      where e.run_id = r.id and e.event_type = 'lifecycle')`
}

function moneyOf(sql: RawSql) {
  return sql<Broken[]>`
    select 'a total that is not the sum of its charges' as what, s.agent_id as id
    from agent_runtime_state s left join cost_events e on e.agent_id = s.agent_id
    group by s.agent_id
    having s.total_cost_micros <> coalesce(sum(e.cost_micros), 0) or s.total_input_tokens <> coalesce(sum(e.input_tokens), 0)
      or s.total_cost_micros <> coalesce((select sum(cost_micros) from agent_spend m where m.agent_id = s.agent_id), 0)
    union all
    select 'a company total that is not the sum of its charges', c.id
    from companies c left join cost_events e on e.company_id = c.id
    group by c.id
    having coalesce(sum(e.cost_micros), 0)
      <> coalesce((select sum(cost_micros) from company_spend m where m.company_id = c.id), 0)`
}
