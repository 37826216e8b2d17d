import { type AnyColumn, and, asc, desc, eq, ne } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { firstCharacters, nullsLast } from '@/db/expressions'
import { agents, heartbeatRuns } from '@/db/schema'
import { spentMonthlyMicros } from '@/server/agents/queries'
import type { AgentStatus } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import { type FinalRunStatus, isFinal } from '@/server/domain/run-status'
import { isTimerEnded } from '@/server/live/timer-ended'

export type BoardAgent = {
  id: string
  name: string
  status: AgentStatus
  nextHeartbeatAt: Date | null
  timerEnded: boolean
  failuresInARow: number
  spentMonthlyMicros: number
  budgetMonthlyMicros: number | null
  /** The running run; the oldest if there are several. */
  run: { id: string; startedAt: Date } | null
  /** The newest run that has ended. */
  lastRun: { id: string; status: FinalRunStatus; error: string | null; finishedAt: Date } | null
  /** Statuses of the last runs that ended, oldest first. */
  outcomes: FinalRunStatus[]
}

const outcomesShown = 12
const errorCharacters = 300

/** Running agents first, then those in error, then by their last heartbeat. */
export async function boardAgents(sql: Executor, companyId: CompanyId, limit: number): Promise<BoardAgent[]> {
  const board = new Map<string, BoardAgent>()
  for (const { agent, run, recent } of await selectAgentsAndRuns(sql, companyId, limit)) {
    const entry = board.get(agent.id) ?? { ...agent, run: startedRun(run), lastRun: null, outcomes: [] }
    board.set(agent.id, entry)
    if (!recent?.finishedAt || !isFinal(recent.status)) continue
    entry.lastRun = { ...recent, status: recent.status, finishedAt: recent.finishedAt }
    entry.outcomes.push(recent.status)
  }
  return [...board.values()].map((agent) => ({ ...agent, outcomes: agent.outcomes.slice(-outcomesShown) }))
}

function startedRun(run: { id: string; startedAt: Date | null } | null): BoardAgent['run'] {
  return run?.startedAt ? { id: run.id, startedAt: run.startedAt } : null
}

/** One row per agent and recent run, the agents in the board's order, the runs of each oldest first. */
function selectAgentsAndRuns(sql: Executor, companyId: CompanyId, limit: number) {
  const db = drizzleOn(sql)
  const shown = selectShown(sql, companyId, limit).as('shown')
  const { id, agentId, status, createdAt, startedAt, finishedAt } = heartbeatRuns
  const running = db
    .select({ id, agentId, startedAt })
    .from(heartbeatRuns)
    .where(and(eq(agentId, shown.id), eq(status, 'running').inlineParams()))
    .orderBy(asc(startedAt))
    .limit(1)
    .as('running')
  const error = firstCharacters(heartbeatRuns.error, errorCharacters).as('error')
  const recent = db
    .select({ id, agentId, status, error, createdAt, finishedAt })
    .from(heartbeatRuns)
    .where(eq(agentId, shown.id))
    .orderBy(desc(createdAt), desc(id))
    .limit(outcomesShown + 2)
    .as('recent')
  return db
    .select({
      agent: {
        id: shown.id,
        name: shown.name,
        status: shown.status,
        nextHeartbeatAt: shown.nextHeartbeatAt,
        timerEnded: shown.timerEnded,
        failuresInARow: shown.failuresInARow,
        spentMonthlyMicros: shown.spentMonthlyMicros,
        budgetMonthlyMicros: shown.budgetMonthlyMicros,
      },
      run: { id: running.id, startedAt: running.startedAt },
      recent: { id: recent.id, status: recent.status, error: recent.error, finishedAt: recent.finishedAt },
    })
    .from(shown)
    .leftJoinLateral(running, eq(running.agentId, shown.id))
    .leftJoinLateral(recent, eq(recent.agentId, shown.id))
    .orderBy(...boardOrder(shown), asc(recent.createdAt))
}

function selectShown(sql: Executor, companyId: CompanyId, limit: number) {
  const { id, name, status, nextHeartbeatAt, failuresInARow, budgetMonthlyMicros, lastHeartbeatAt, createdAt } = agents
  return drizzleOn(sql)
    .select({
      id,
      name,
      status,
      nextHeartbeatAt,
      timerEnded: isTimerEnded('agents').as('timer_ended'),
      failuresInARow,
      spentMonthlyMicros: spentMonthlyMicros(sql).as('spent_monthly_micros'),
      budgetMonthlyMicros,
      lastHeartbeatAt,
      createdAt,
    })
    .from(agents)
    .where(and(eq(agents.companyId, companyId), ne(status, 'terminated')))
    .orderBy(...boardOrder(agents))
    .limit(limit)
}

type Ordered = Record<'id' | 'status' | 'lastHeartbeatAt' | 'createdAt', AnyColumn>

function boardOrder({ id, status, lastHeartbeatAt, createdAt }: Ordered) {
  return [
    desc(eq(status, 'running')),
    desc(eq(status, 'error')),
    nullsLast(desc(lastHeartbeatAt)),
    desc(createdAt),
    asc(id),
  ]
}
