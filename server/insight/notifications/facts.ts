import { and, asc, desc, eq, gt, gte, inArray, isNull, lt, ne, or } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { firstCharacters, ifElse, joinedText, now, scalar } from '@/db/expressions'
import { agents, companies, heartbeatRuns, runSilences, servers } from '@/db/schema'
import type { RuleKind } from '@/server/domain/notification'
import { isRunning } from '@/server/engine/runs/status-filters'

/** A fact that a rule may turn into a notification. `measure` is compared with the rule's threshold; null passes any. */
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

/** Runs that failed in this period, and series of failures of their agents. A run that is queued again has not failed. */
export async function factsOfRuns(sql: Executor, from: Date, until: Date): Promise<Fact[]> {
  const ended = await failedRuns(sql, from, until)
  return ended.flatMap((run) => {
    const about = { companyId: run.companyId, agentId: run.agentId, runId: run.id }
    const outcome = run.status === 'failed' ? 'failed' : 'timed out'
    const failed: Fact = {
      ...about,
      kind: 'run_failed',
      measure: null,
      dedupeKey: `run_failed:${run.id}`,
      title: `${run.agentName} ${outcome}`,
      message: run.error ?? `Its run has ${outcome}.`,
    }
    const failing: Fact = {
      ...about,
      kind: 'agent_failing',
      measure: run.failuresInARow,
      // A series of failures is notified once, until a success ends it.
      dedupeKey: `agent_failing:${run.agentId}:${run.lastSuccessId ?? 'never'}`,
      title: `${run.agentName} failed ${run.failuresInARow} times in a row`,
      message: run.error ?? `Its last run has ${outcome}.`,
    }
    return run.failuresInARow > 1 ? [failed, failing] : [failed]
  })
}

function failedRuns(sql: Executor, from: Date, until: Date) {
  const db = drizzleOn(sql)
  const { id, companyId, agentId, status, error, errorCode, finishedAt } = heartbeatRuns
  const success = alias(heartbeatRuns, 'success')
  const lastSuccess = db
    .select({ id: success.id })
    .from(success)
    .where(and(eq(success.agentId, agentId), eq(success.status, 'succeeded')))
    .orderBy(desc(success.createdAt), desc(success.id))
    .limit(1)
  return db
    .select({
      id,
      companyId,
      agentId,
      agentName: agents.name,
      status,
      error: firstCharacters(error, 1000),
      failuresInARow: agents.failuresInARow,
      lastSuccessId: ifElse(gt(agents.failuresInARow, 1), scalar(lastSuccess), null),
    })
    .from(heartbeatRuns)
    .innerJoin(agents, eq(agents.id, agentId))
    .where(
      and(
        gte(finishedAt, from),
        lt(finishedAt, until),
        inArray(status, ['failed', 'timed_out']),
        or(isNull(errorCode), ne(errorCode, 'server_stopped')),
      ),
    )
    .orderBy(asc(finishedAt))
}

/** Servers that were lost in this period. They belong to no company, so every active one is notified. */
export async function factsOfServers(sql: Executor, from: Date, until: Date): Promise<Fact[]> {
  const lost = await drizzleOn(sql)
    .select({ companyId: companies.id, serverId: servers.id, host: servers.host })
    .from(servers)
    .crossJoin(companies)
    .where(and(servers.lost, gte(servers.endedAt, from), lt(servers.endedAt, until), eq(companies.status, 'active')))
  return lost.map(({ companyId, serverId, host }) => ({
    companyId,
    kind: 'server_lost',
    measure: null,
    dedupeKey: `server_lost:${serverId}`,
    title: `The server on ${host} was lost`,
    message: 'Its runs have ended. They are retried if the policy of their agent allows it.',
    agentId: null,
    runId: null,
  }))
}

/** Running runs that have written nothing for a while. */
export async function factsOfSilence(sql: Executor): Promise<Fact[]> {
  const { companyId, agentId, runId, lastOutputAt } = runSilences
  const dedupeKey = joinedText(':', 'run_silent', runId, lastOutputAt)
  const silent = await drizzleOn(sql)
    .select({ companyId, agentId, runId, agentName: agents.name, lastOutputAt, dedupeKey, at: now() })
    .from(runSilences)
    .innerJoin(heartbeatRuns, and(eq(heartbeatRuns.id, runId), isRunning))
    .innerJoin(agents, eq(agents.id, agentId))
  return silent.map(({ agentName, lastOutputAt, at, ...silence }) => {
    const minutes = Math.floor((at.getTime() - lastOutputAt.getTime()) / 60_000)
    return {
      ...silence,
      kind: 'run_silent',
      measure: minutes,
      title: `${agentName} has been silent for ${minutes} minutes`,
      message: 'Its run is still running, and has written no output since.',
    }
  })
}
