import type { RawSql } from '@/db/client'
import { createSignal, type Signal } from '@/server/logs/signal'
import { type Claim, type ClaimedRun, claim, findHeld } from '@/server/runs/claim'
import { type Ended, type Ending, end } from '@/server/runs/transition'
import { endAndClaim } from '@/server/runs/turnover'

export type Claims = {
  /** Claims until there is no room or nothing left to claim. */
  fill(): Promise<void>
  /** Writes endings; where every place was taken, others take the places over in the same transaction. */
  end(endings: Ending[]): Promise<Ended[]>
  /** The place that was lent is about to be used by this run. */
  prepare(run: ClaimedRun): void
  /** It is: the run is committed. */
  takeOver(): void
  /** The place that was lent comes back; `isUnsure`: a run may have been claimed in it. */
  takeBack(isUnsure: boolean): void
  /** Resolves when no place is lent any more, and what was claimed in it is started. */
  recall(): Promise<void>
}

export type ClaimsOptions = {
  sql: RawSql
  /** The life that claims. */
  serverId: string
  maxRuns: number
  leaseMs: number
  isHeld(): boolean
  /** Whether the server still takes runs: not when it stops. */
  isOpen(): boolean
  /** What the life holds, by id of the run: a run leaves it when its ending is written. */
  live: Map<string, unknown>
  launch(run: ClaimedRun): void
  /** Makes everything ready for a run; it is started when `mayStart` says so, and else forgotten: then this resolves. */
  prepare(run: ClaimedRun, mayStart: Promise<boolean>): Promise<void>
  /** Runs were started, or ended for want of budget. */
  onClaimed(): void
  /** Who claims beside this process, where there is such a one: may use one place, and gives it back when asked. */
  lending?: Lending | undefined
}

export type Lending = { lend(serverId: string): void; recall(serverId: string): void }

/**
 * The places of one life. What is asked for counts as taken until the answer is here, so no two claims at a time take
 * the same place. An answer that never came may have been a yes: nobody else starts such a run, so it is looked for.
 */
export function createClaims(options: ClaimsOptions): Claims {
  const { sql, serverId, live, isHeld } = options
  let asked = 0
  /** One place at most: whoever asks meanwhile is claimed here. */
  let loan: Loan | null = null
  let unsureUntil = 0
  /** What is not forgotten yet counts as known, and would not be found. */
  let forgetting: Promise<void> | undefined

  function room(freed = 0): number {
    return isHeld() && options.isOpen() ? Math.max(0, options.maxRuns - live.size - asked - lent() + freed) : 0
  }

  function lent(): number {
    return loan ? 1 : 0
  }

  /** No session outlives its statement by a lease: what it may have committed is seen by then. */
  function isUnsure(): boolean {
    return performance.now() < unsureUntil
  }

  async function ask<T>(wanted: number, question: () => Promise<T>): Promise<T> {
    asked += wanted
    try {
      return await question()
    } catch (error) {
      unsureUntil = performance.now() + options.leaseMs
      throw error
    } finally {
      asked -= wanted
    }
  }

  /** What was claimed for a life that was given up meanwhile is left to the reaper. */
  function launch(runs: ClaimedRun[]): void {
    if (!isHeld()) return
    for (const run of runs) if (!live.has(run.id)) options.launch(run)
  }

  async function findAndLaunch(): Promise<void> {
    await forgetting
    launch(await findHeld(sql, serverId, [...live.keys()]))
  }

  async function fill(): Promise<void> {
    if (isUnsure()) {
      // What is claimed in the place will be told of: it must not be found as well.
      askBack()
      if (asked + lent() > 0) return
      await findAndLaunch()
    }
    for (let isFull = true; isFull; ) {
      const wanted = room()
      if (wanted === 0) return askBack()
      const claimed: Claim = await ask(wanted, () => claim(sql, serverId, wanted))
      launch(claimed.runs)
      if (claimed.overBudget.length > 0 && isHeld()) await refuse(claimed.overBudget)
      if (claimed.runs.length + claimed.overBudget.length > 0) options.onClaimed()
      isFull = claimed.isFull
    }
    lend()
  }

  /** Nothing waits, and there is room. Never the last place: a web server that freezes does not answer a recall. */
  function lend(): void {
    if (!options.lending || loan || room() < 2 || isUnsure()) return
    loan = { isAskedBack: false, back: createSignal(), mayStart: createSignal(), prepared: undefined }
    options.lending.lend(serverId)
  }

  /** Once: it comes back when it is free, or is used. */
  function askBack(): void {
    if (!loan || loan.isAskedBack) return
    loan.isAskedBack = true
    options.lending?.recall(serverId)
  }

  /** What was prepared and not committed is forgotten; where it may have been committed, it is found again. */
  function takeBack(isUnsure: boolean, mayStart = false): void {
    if (isUnsure) unsureUntil = performance.now() + options.leaseMs
    const over = loan
    loan = null
    if (!over) return
    if (!mayStart) forgetting = over.prepared
    over.mayStart.resolve(mayStart)
    over.back.resolve()
  }

  async function recall(): Promise<void> {
    askBack()
    await loan?.back.promise
    if (isUnsure()) await findAndLaunch()
  }

  function refuse(runs: { runId: string; agentId: string }[]) {
    const error = 'The budget of this month was spent before the run could start.'
    return end(
      sql,
      runs.map((run) => ({ ...run, serverId: null, status: 'failed', errorCode: 'budget_exceeded', error })),
    )
  }

  async function endAndRefill(endings: Ending[]): Promise<Ended[]> {
    const wanted = live.size + lent() < options.maxRuns || isUnsure() ? 0 : room(endings.length)
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

  return {
    fill,
    end: endAndRefill,
    prepare(run) {
      if (isHeld() && loan && !live.has(run.id)) loan.prepared = options.prepare(run, loan.mayStart.promise)
    },
    takeOver() {
      takeBack(false, true)
      // When the program is on its way.
      setImmediate(lend)
    },
    takeBack: (isUnsure) => takeBack(isUnsure),
    recall,
  }
}

/** A place while it is lent. */
type Loan = {
  isAskedBack: boolean
  back: Signal<void>
  /** What is decided of the run that uses it. */
  mayStart: Signal<boolean>
  /** Resolves when that run is over, or forgotten. */
  prepared: Promise<void> | undefined
}
