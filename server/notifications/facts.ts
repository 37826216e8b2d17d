import type { Executor } from '@/db/client'
import { thisMonth } from '@/server/costs/budget'
import { formatMicros } from '@/server/domain/money'
import type { RuleKind } from '@/server/domain/notification'

/** Something that a rule may want told: `measure` is held against the rule's threshold, null passes any. */
export type Fact = {
  companyId: string
  kind: RuleKind
  measure: number | null
  dedupeKey: string
  title: string
  message: string
  agentId: string | null
  runId: string | null
}

type Ended = {
  id: string
  companyId: string
  agentId: string
  agentName: string
  status: 'failed' | 'timed_out'
  error: string | null
  failuresInARow: number
  lastSuccessId: string | null
}

/** Runs that failed in this span of time, and what they say of their agents. A run that is queued again has not failed. */
export async function factsOfRuns(sql: Executor, from: Date, until: Date): Promise<Fact[]> {
  const ended = await sql<Ended[]>`
    select r.id, r.company_id, r.agent_id, a.name as agent_name, r.status, left(r.error, 1000) as error,
      a.failures_in_a_row, case when a.failures_in_a_row > 1 then (
        select s.id from heartbeat_runs s where s.agent_id = r.agent_id and s.status = 'succeeded'
        order by s.created_at desc, s.id desc limit 1) end as last_success_id
    from heartbeat_runs r join agents a on a.id = r.agent_id
    where r.finished_at >= ${from} and r.finished_at < ${until} and r.status in ('failed', 'timed_out')
      and r.error_code is distinct from 'server_stopped'
    order by r.finished_at`
  return ended.flatMap((run) => {
    const about = { companyId: run.companyId, agentId: run.agentId, runId: run.id }
    const words = run.status === 'failed' ? 'failed' : 'timed out'
    const failed: Fact = {
      ...about,
      kind: 'run_failed',
      measure: null,
      dedupeKey: `run_failed:${run.id}`,
      title: `${run.agentName} ${words}`,
      message: run.error ?? `Its run has ${words}.`,
    }
    const failing: Fact = {
      ...about,
      kind: 'agent_failing',
      measure: run.failuresInARow,
      // A row of failures is told once, until a success ends it.
      dedupeKey: `agent_failing:${run.agentId}:${run.lastSuccessId ?? 'never'}`,
      title: `${run.agentName} failed ${run.failuresInARow} times in a row`,
      message: run.error ?? `Its last run has ${words}.`,
    }
    return run.failuresInARow > 1 ? [failed, failing] : [failed]
  })
}

type Spend = { companyId: string; agentId: string | null; name: string; spent: number; budget: number; month: string }

/** Budgets of which a part is spent, but for those of which that was told. */
export async function factsOfBudgets(sql: Executor): Promise<Fact[]> {
  const spends = await sql<Spend[]>`
    select * from (
      select c.id as company_id, null::uuid as agent_id, c.name, s.cost_micros as spent, c.budget_monthly_micros as budget,
        s.month::text as month
      from companies c join company_spend s on s.company_id = c.id and s.month = ${thisMonth(sql)}
      where c.budget_monthly_micros > 0 and c.status <> 'archived' and s.cost_micros * 100 >= c.budget_monthly_micros
      union all
      select a.company_id, a.id, a.name, s.cost_micros, a.budget_monthly_micros, s.month::text
      from agents a join agent_spend s on s.agent_id = a.id and s.month = ${thisMonth(sql)}
      where a.budget_monthly_micros > 0 and a.status <> 'terminated' and s.cost_micros * 2 >= a.budget_monthly_micros
    ) b
    where not exists (select from notifications n where n.company_id = b.company_id and n.dedupe_key =
      concat_ws(':', case when spent >= budget then 'budget_spent' else 'budget_near' end,
        coalesce(agent_id::text, 'company'), month, budget))`
  return spends.map(factOfSpend)
}

function factOfSpend({ companyId, agentId, name, spent, budget, month }: Spend): Fact {
  const isSpent = spent >= budget
  const kind = isSpent ? 'budget_spent' : 'budget_near'
  const percent = Math.floor((100 * spent) / budget)
  return {
    companyId,
    kind,
    measure: isSpent ? null : percent,
    // Raised, a budget may be told of again.
    dedupeKey: `${kind}:${agentId ?? 'company'}:${month}:${budget}`,
    title: isSpent ? `The budget of ${name} is spent` : `${percent} % of the budget of ${name} is spent`,
    message: isSpent
      ? `${formatMicros(spent)} of ${formatMicros(budget)} this month. Nothing it covers is woken until it is raised, or the month is over.`
      : `${formatMicros(spent)} of ${formatMicros(budget)} this month.`,
    agentId,
    runId: null,
  }
}

/** Servers that were lost in this span of time. They belong to no company: all that are active are told. */
export async function factsOfServers(sql: Executor, from: Date, until: Date): Promise<Fact[]> {
  const lost = await sql<{ companyId: string; serverId: string; host: string }[]>`
    select c.id as company_id, s.id as server_id, s.host from servers s cross join companies c
    where s.lost and s.ended_at >= ${from} and s.ended_at < ${until} and c.status = 'active'`
  return lost.map(({ companyId, serverId, host }) => ({
    companyId,
    kind: 'server_lost',
    measure: null,
    dedupeKey: `server_lost:${serverId}`,
    title: `The server on ${host} was lost`,
    message: 'Its runs ended, and are tried again where their policy allows.',
    agentId: null,
    runId: null,
  }))
}

type Silence = { companyId: string; agentId: string; runId: string; agentName: string; minutes: number; since: string }

/** Running runs that have written nothing for a while. */
export async function factsOfSilence(sql: Executor): Promise<Fact[]> {
  const silent = await sql<Silence[]>`
    select s.company_id, s.agent_id, s.run_id, a.name as agent_name, s.last_output_at::text as since,
      floor(extract(epoch from now() - s.last_output_at) / 60)::int as minutes
    from run_silences s join heartbeat_runs r on r.id = s.run_id and r.status = 'running'
    join agents a on a.id = s.agent_id`
  return silent.map(({ companyId, agentId, runId, agentName, minutes, since }) => ({
    companyId,
    kind: 'run_silent',
    measure: minutes,
    dedupeKey: `run_silent:${runId}:${since}`,
    title: `${agentName} has been silent for ${minutes} minutes`,
    message: 'Its run is under way, and has written nothing since.',
    agentId,
    runId,
  }))
}
