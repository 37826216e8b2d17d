import { setTimeout as sleep } from 'node:timers/promises'
import type { RawSql } from '@/db/client'
import { statementTimeoutMs } from '@/db/connection'
import { isDatabaseError } from '@/db/errors'
import { claim, findHeld, type HeldRun } from '@/server/engine/runs/claim'
import { endAndClaim } from '@/server/engine/runs/end-and-claim'
import type { Ended, Ending } from '@/server/engine/runs/ending'
import { end } from '@/server/engine/runs/transition'

export type Claims = {
  /** Claims until there is no room or no queued run is left. */
  fill(): Promise<void>
  /** Writes endings; on a full server other runs take the slots over in the same transaction. */
  end(endings: Ending[]): Promise<Ended[]>
  /** Starts the runs that the table gives to this worker and that it does not know. */
  reconcile(): Promise<void>
  /** Reconciles until no claim for this worker can still be committed: for a worker that drains, at most `longestMs`. */
  settle(): Promise<void>
}

export type ClaimsOptions = {
  sql: RawSql
  /** The worker that claims. */
  workerId: string
  maxRuns: number
  leaseMs: number
  isHeld(): boolean
  /** Whether the server still takes runs: not when it stops. */
  isOpen(): boolean
  /** The runs that the worker holds, by id: a run leaves when its ending is written. */
  live: Map<string, unknown>
  /** Starts a run, unless it is known already. */
  launch(run: HeldRun): void
  /** Runs were started, or ended because the budget was spent. */
  onClaimed(): void
  /** How many runs the web server may claim for this worker. */
  onRoom(free: number): void
  now?: () => number
}

/**
 * The claims of one worker. The table says which runs are its own: `reconcile` finds a run whose claim's answer was lost, or
 * that the web server has claimed and not handed over, and it may come before either. `loadRun` reads a run before it
 * starts, so one that has ended is not started again.
 */
export function createClaims(options: ClaimsOptions): Claims {
  const { sql, workerId, live, isHeld } = options
  const now = options.now ?? (() => performance.now())
  const room = createRoom(options, now)

  /** What was claimed for a worker that was given up meanwhile is left to the reaper. */
  function launch(runs: HeldRun[]): void {
    if (isHeld()) for (const run of runs) options.launch(run)
  }

  async function fill(): Promise<void> {
    for (let isFull = true; isFull; ) {
      const wanted = room.free()
      if (wanted === 0) break
      const claimed = await room.reserve(wanted, () => claim(sql, workerId, wanted))
      launch(claimed.runs)
      if (claimed.overBudget.length > 0 && isHeld()) await refuse(claimed.overBudget)
      if (claimed.runs.length + claimed.overBudget.length > 0) options.onClaimed()
      isFull = claimed.isFull
    }
    // One is kept, so that a claim here and one there at the same moment both find a slot.
    options.onRoom(Math.max(0, room.free() - 1))
  }

  function refuse(runs: { runId: string; agentId: string }[]) {
    const error = 'The budget of this month was spent before the run could start.'
    return end(
      sql,
      runs.map((run) => ({ ...run, workerId: null, status: 'failed', errorCode: 'budget_exceeded', error })),
    )
  }

  async function endAndRefill(endings: Ending[]): Promise<Ended[]> {
    const wanted = live.size < options.maxRuns ? 0 : room.free(endings.length)
    if (wanted === 0) return forget(endings, await end(sql, endings))
    const { ended, claimed } = await room.reserve(wanted, () => endAndClaim(sql, endings, { workerId, count: wanted }))
    forget(endings, ended)
    launch(claimed.runs)
    return ended
  }

  function forget(endings: Ending[], ended: Ended[]): Ended[] {
    for (const { runId } of endings) live.delete(runId)
    return ended
  }

  async function reconcile(): Promise<void> {
    if (isHeld()) launch(await findHeld(sql, workerId))
  }

  const settle = createSettle({ ...options, now, answerLostAt: room.answerLostAt, reconcile })
  return { fill, end: endAndRefill, reconcile, settle }
}

/** The slots that are left, those that claims under way have reserved taken off: no two claims at a time take the same. */
function createRoom({ live, maxRuns, isHeld, isOpen }: ClaimsOptions, now: () => number) {
  let reserved = 0
  let answerLostAt = Number.NEGATIVE_INFINITY
  return {
    /** `freed`: slots that the claim itself will free. */
    free(freed = 0): number {
      if (!isHeld() || !isOpen()) return 0
      return Math.max(0, maxRuns - live.size - reserved + freed)
    },
    async reserve<T>(count: number, claimThem: () => Promise<T>): Promise<T> {
      reserved += count
      try {
        return await claimThem()
      } catch (error) {
        if (!isDatabaseError(error)) answerLostAt = now()
        throw error
      } finally {
        reserved -= count
      }
    },
    /** When the answer to a claim was lost last: the database may still have committed it. */
    answerLostAt: () => answerLostAt,
  }
}

/** A statement that was on its way to the database when its connection broke has begun by then. */
const arrivalMs = 1000
const settleEveryMs = 250

function createSettle(options: {
  sql: RawSql
  leaseMs: number
  isHeld(): boolean
  answerLostAt(): number
  reconcile(): Promise<void>
  now(): number
}): () => Promise<void> {
  const { sql, isHeld, now } = options
  // However short the lease, a statement may last as long as its timeout; an idle transaction ends within the lease.
  const longestMs = Math.max(options.leaseMs, statementTimeoutMs)

  async function isSettled(since: number): Promise<boolean> {
    const ageMs = now() - Math.max(since, options.answerLostAt() + arrivalMs)
    return ageMs >= 0 && !(await hasWriterFrom(sql, ageMs))
  }

  return async () => {
    const since = now()
    for (let isOver = false; !isOver && isHeld(); ) {
      isOver = now() - since >= longestMs || (await isSettled(since).catch(() => false))
      // A claim that this does not find was never committed.
      await options.reconcile().catch(() => {})
      if (!isOver) await sleep(settleEveryMs)
    }
  }
}

/** Whether any transaction that writes runs may be at least this old: an unknown age counts as old. */
async function hasWriterFrom(sql: RawSql, ageMs: number): Promise<boolean> {
  const [row] = await sql<[{ hasAny: boolean }]>`
    select exists (
      select from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.database = (select oid from pg_database where datname = current_database())
        and l.relation = 'heartbeat_runs'::regclass and l.mode = 'RowExclusiveLock' and l.pid <> pg_backend_pid()
        and (a.xact_start is null or a.xact_start <= clock_timestamp() - ${ageMs} * interval '1 millisecond')) as has_any`
  return row.hasAny
}
