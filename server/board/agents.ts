import type { Executor } from '@/db/client'
import { thisMonth } from '@/server/costs/budget'
import type { AgentStatus } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import type { FinalRunStatus } from '@/server/domain/run-status'
import { timerEnded } from '@/server/heartbeat/ended'

export type BoardAgent = {
  id: string
  name: string
  status: AgentStatus
  nextHeartbeatAt: Date | null
  timerEnded: boolean
  failuresInARow: number
  spentMonthlyMicros: number
  budgetMonthlyMicros: number | null
  /** The run under way, the oldest where there are several. */
  run: { id: string; startedAt: Date } | null
  /** The run that ended last. */
  lastRun: { id: string; status: FinalRunStatus; error: string | null; finishedAt: Date } | null
  /** Of the last runs that ended, oldest first. */
  outcomes: FinalRunStatus[]
}

const outcomesShown = 12

/** The agents that have most to tell: running ones first, then those in error, then by their last heartbeat. */
export async function boardAgents(sql: Executor, companyId: CompanyId, limit: number): Promise<BoardAgent[]> {
  const rows = await sql<(Omit<BoardAgent, 'lastRun'> & { recent: Recent[] | null })[]>`
    with a as materialized (
      select id, name, status, next_heartbeat_at, runtime_config, failures_in_a_row, budget_monthly_micros, last_heartbeat_at, created_at
      from agents where company_id = ${companyId} and status <> 'terminated'
      order by case status when 'running' then 0 when 'error' then 1 else 2 end, last_heartbeat_at desc nulls last,
        created_at desc, id
      limit ${limit}
    )
    select a.id, a.name, a.status, a.next_heartbeat_at, ${timerEnded(sql, 'a')} as timer_ended, a.failures_in_a_row,
      a.budget_monthly_micros,
      coalesce(s.cost_micros, 0) as spent_monthly_micros, recent.runs as recent,
      (select jsonb_build_object('id', r.id, 'startedAt', r.started_at) from heartbeat_runs r
        where r.agent_id = a.id and r.status = 'running' order by r.started_at limit 1) as run
    from a
    left join agent_spend s on s.agent_id = a.id and s.month = ${thisMonth(sql)}
    left join lateral (
      select jsonb_agg(jsonb_build_object('id', r.id, 'status', r.status, 'error', left(r.error, 300),
        'finishedAt', r.finished_at) order by r.created_at) as runs
      from (
        select id, status, error, finished_at, created_at from heartbeat_runs
        where agent_id = a.id order by created_at desc, id desc limit ${outcomesShown + 2}
      ) r where r.finished_at is not null
    ) recent on true
    order by case a.status when 'running' then 0 when 'error' then 1 else 2 end, a.last_heartbeat_at desc nulls last,
      a.created_at desc, a.id`
  return rows.map(({ recent, ...agent }) => ({
    ...agent,
    run: agent.run && { ...agent.run, startedAt: new Date(agent.run.startedAt) },
    lastRun: lastOf(recent ?? []),
    outcomes: (recent ?? []).slice(-outcomesShown).map((run) => run.status),
  }))
}

type Recent = { id: string; status: FinalRunStatus; error: string | null; finishedAt: string }

function lastOf(recent: readonly Recent[]): BoardAgent['lastRun'] {
  const last = recent.at(-1)
  return last ? { ...last, finishedAt: new Date(last.finishedAt) } : null
}
