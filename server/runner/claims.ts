import { setTimeout as sleep } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import { statementTimeoutMs } from '@/db/connection'
import { isDatabaseError } from '@/db/errors'
import { claim, findHeld, type HeldRun } from '@/server/engine/runs/claim'
import { endAndClaim } from '@/server/engine/runs/end-and-claim'
import type { Ended, Ending } from '@/server/engine/runs/ending'
import { end } from '@/server/engine/runs/transition'

export type Claims = {
  /** Claims until there is no room or nothing left to claim. */
  fill(): Promise<void>
  /** Writes endings; on a full server other runs take the slots over in the same transaction. */
  end(endings: Ending[]): Promise<Ended[]>
  /** Starts the runs that the table gives to this worker and that are not known here. */
  reconcile(): Promise<void>
  /** Reconciles until no claim for this worker can still be committed: for a worker that drains, at most `longestMs`. */
  settle(): Promise<void>
}

export type ClaimsOptions = {
  sql: RawSql
  /** The worker that claims. */
  serverId: string
  maxRuns: number
  leaseMs: number
  isHeld(): boolean
  /** Whether the server still takes runs: not when it stops. */
  isOpen(): boolean
  /** What the worker holds, by id of the run: a run leaves it when its ending is written. */
  live: Map<string, unknown>
  /** Starts a run, unless it is known already. */
  launch(run: HeldRun): void
  /** Runs were started, or ended for want of budget. */
  onClaimed(): void
  /** How many runs the web server may claim for this worker. */
  onRoom(free: number): void
  now?: () => number
}

/** What was on its way to the database when its connection broke has begun by then. */
const arrivalMs = 1000
const settleEveryMs = 250

/**
 * The claims of one worker. The table says which runs are its own: an answer that is lost, a run that its web server has
 * claimed and not told of, are found by `reconcile`, which may come before any of them. `loadRun` reads a run
 * before it starts, so one that has ended is not started again.
 */
export function createClaims(options: ClaimsOptions): Claims {
  const { sql, serverId, live, isHeld } = options
  const now = options.now ?? (() => performance.now())
  // However short the lease, a statement may last as long as its timeout; an idle transaction ends within the lease.
  const longestMs = Math.max(options.leaseMs, statementTimeoutMs)
  let asked = 0
  let answerLostAt = Number.NEGATIVE_INFINITY

  /** What is asked for counts as taken, so no two claims at a time take the same slot. */
  function room(freed = 0): number {
    if (!isHeld() || !options.isOpen()) return 0
    return Math.max(0, options.maxRuns - live.size - asked + freed)
  }

  async function ask<T>(wanted: number, question: () => Promise<T>): Promise<T> {
    asked += wanted
    try {
      return await question()
    } catch (error) {
      if (!isDatabaseError(error)) answerLostAt = now()
      throw error
    } finally {
      asked -= wanted
    }
  }

  /** What was claimed for a worker that was given up meanwhile is left to the reaper. */
  function launch(runs: HeldRun[]): void {
    if (isHeld()) for (const run of runs) options.launch(run)
  }

  async function fill(): Promise<void> {
    for (let isFull = true; isFull; ) {
      const wanted = room()
      if (wanted === 0) break
      const claimed = await ask(wanted, () => claim(sql, serverId, wanted))
      launch(claimed.runs)
      if (claimed.overBudget.length > 0 && isHeld()) await refuse(claimed.overBudget)
      if (claimed.runs.length + claimed.overBudget.length > 0) options.onClaimed()
      isFull = claimed.isFull
    }
    // One is kept, so that a claim here and one there at the same moment both find a slot.
    options.onRoom(Math.max(0, room() - 1))
  }

  function refuse(runs: { runId: string; agentId: string }[]) {
    const error = 'The budget of this month was spent before the run could start.'
    return end(
      sql,
      runs.map((run) => ({ ...run, serverId: null, status: 'failed', errorCode: 'budget_exceeded', error })),
    )
  }

  async function endAndRefill(endings: Ending[]): Promise<Ended[]> {
    const wanted = live.size < options.maxRuns ? 0 : room(endings.length)
    if (wanted === 0) return forget(endings, await end(sql, endings))
    const { ended, claimed } = await ask(wanted, () => endAndClaim(sql, endings, { serverId, count: wanted }))
    forget(endings, ended)
    launch(claimed.runs)
    return ended
  }

  function forget(endings: Ending[], ended: Ended[]): Ended[] {
    for (const { runId } of endings) live.delete(runId)
    return ended
  }

  async function reconcile(): Promise<void> {
    if (isHeld()) launch(await findHeld(sql, serverId))
  }

  async function settle(): Promise<void> {
    const since = now()
    for (let isOver = false; !isOver && isHeld(); ) {
      isOver = now() - since >= longestMs || (await isSettled(since).catch(() => false))
      // What does not turn up after that never will.
      await reconcile().catch(() => {})
      if (!isOver) await sleep(settleEveryMs)
    }
  }

  async function isSettled(since: number): Promise<boolean> {
    const ageMs = now() - Math.max(since, answerLostAt + arrivalMs)
    return ageMs >= 0 && !(await hasWriterFrom(sql, ageMs))
  }

  return { fill, end: endAndRefill, reconcile, settle }
}

/** Whether a transaction that writes runs, whoever began it, is at least this old. Where that is not told, it may be. */
async function hasWriterFrom(sql: RawSql, ageMs: number): Promise<boolean> {
  const [row] = await sql<[{ hasAny: boolean }]>`
    select exists (
      select from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.database = (select oid from pg_database where datname = current_database())
        and l.relation = 'heartbeat_runs'::regclass and l.mode = 'RowExclusiveLock' and l.pid <> pg_backend_pid()
        and (a.xact_start is null or a.xact_start <= clock_timestamp() - ${ageMs} * interval '1 millisecond')) as has_any`
  return row.hasAny
}
