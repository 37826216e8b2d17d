import { setTimeout as sleep } from 'node:timers/promises'
import { isAnswer } from '@/db/away'
import type { RawSql } from '@/db/client'
import { isDefinitelyDown } from '@/server/leases/outage'
import { createSignal, type Signal } from '@/server/logs/signal'
import { type Claim, type ClaimedRun, claim, findHeld } from '@/server/runs/claim'
import { type Ended, type Ending, end } from '@/server/runs/transition'
import { endAndClaim } from '@/server/runs/turnover'
import { createDoubt } from './doubt'

export type Claims = {
  /** Claims until there is no room or nothing left to claim, and looks for what was lost. */
  fill(): Promise<void>
  /** Writes endings; where every place was taken, others take the places over in the same transaction. */
  end(endings: Ending[]): Promise<Ended[]>
  /** The place that was lent is about to be used by this run. */
  prepare(run: ClaimedRun): void
  /** It is: the run is committed. */
  takeOver(): void
  /** The place that was lent comes back; `isUnsure`: a run may have been claimed in it. */
  takeBack(isUnsure: boolean): void
  /** Resolves when no place is lent any more, and what was claimed is found and started. */
  recall(): Promise<void>
  /** The life is lost: forgets what is not known to be committed. */
  giveUp(): void
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
  /** Makes everything ready for a run; it is started when `mayStart` says so, and else forgotten. */
  prepare(run: ClaimedRun, mayStart: Promise<boolean>): void
  /** Runs were started, or ended for want of budget. */
  onClaimed(): void
  /** Who claims beside this process, where there is such a one: may use one place, and gives it back when asked. */
  lending?: Lending | undefined
  now?: () => number
}

export type Lending = { lend(serverId: string): void; recall(serverId: string): void }

/** A commit that takes longer is asked for by its run's id, in case whoever waits for it does not wake up. */
const overdueMs = 250
const lookEveryMs = 1000

/**
 * The places of one life. What is asked for counts as taken until the answer is here, so no two claims at a time take
 * the same place. An answer that never came may have been a yes, and may be committed yet: until it is found, or can not
 * come any more, its places stay taken, and each `fill` looks for it. Nobody else starts such a run.
 */
export function createClaims(options: ClaimsOptions): Claims {
  const { sql, serverId, live, isHeld } = options
  const now = options.now ?? (() => performance.now())
  const doubt = createDoubt({ sql, leaseMs: options.leaseMs, now })
  let asked = 0
  /** One place at most: whoever asks meanwhile is claimed here. */
  let loan: Loan | null = null
  /** Runs that are ready, and not known to be committed. */
  const prepared = new Map<string, Prepared>()
  let isLooking = false
  /** What began while a look was under way: whoever tells of it later tells nothing new. Looks are rare and short. */
  const begun = new Set<string>()

  function room(freed = 0): number {
    if (!isHeld() || !options.isOpen()) return 0
    return Math.max(0, options.maxRuns - live.size - asked - doubt.places() - lent() + freed)
  }

  /** A run that is prepared in the place is among the live ones. */
  function lent(): number {
    return loan && loan.runId === null ? 1 : 0
  }

  async function ask<T>(wanted: number, question: () => Promise<T>): Promise<T> {
    asked += wanted
    try {
      return await question()
    } catch (error) {
      if (!isAnswer(error) && !isDefinitelyDown(error)) doubt.raise(wanted)
      throw error
    } finally {
      asked -= wanted
    }
  }

  /** What was claimed for a life that was given up meanwhile is left to the reaper. Answers how many are new. */
  function launch(runs: ClaimedRun[]): number {
    const fresh = isHeld() ? runs.filter(({ id }) => !live.has(id) && !begun.has(id)) : []
    for (const run of fresh) {
      if (isLooking) begun.add(run.id)
      options.launch(run)
    }
    return fresh.length
  }

  /** Once: what is said later of the same run changes nothing. */
  function decide(runId: string, isCommitted: boolean): void {
    const run = prepared.get(runId)
    if (!run) return
    prepared.delete(runId)
    if (isLooking && isCommitted) begun.add(runId)
    run.mayStart.resolve(isCommitted && isHeld())
  }

  /** Starts what runs for this life in the table and not here. */
  async function look(): Promise<void> {
    const since = doubt.since()
    isLooking = true
    for (const run of prepared.values()) run.askedAt = now()
    try {
      const isLast = await doubt.isOver()
      const known = [...live.keys()].filter((id) => !prepared.has(id))
      const found = await findHeld(sql, serverId, known)
      for (const { id } of found) decide(id, true)
      doubt.settle(launch(found))
      if (since === doubt.since() && (isLast || (doubt.places() === 0 && orphans().length === 0))) beSure()
    } finally {
      isLooking = false
    }
  }

  function beSure(): void {
    doubt.close()
    for (const id of orphans()) decide(id, false)
  }

  /** Prepared by who has given the place back since, or is gone. */
  function orphans(): string[] {
    return [...prepared.keys()].filter((id) => id !== loan?.runId)
  }

  function isOverdue(): boolean {
    const run = loan?.runId ? prepared.get(loan.runId) : undefined
    return run !== undefined && now() - run.askedAt >= overdueMs
  }

  async function fill(): Promise<void> {
    if (asked === 0 && (doubt.isOpen() || isOverdue())) await look()
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
    if (!options.lending || loan || room() < 2 || doubt.isOpen()) return
    loan = { isAskedBack: false, back: createSignal(), runId: null }
    options.lending.lend(serverId)
  }

  /** Once: it comes back when it is free, or is used. */
  function askBack(): void {
    if (loan && !loan.isAskedBack) options.lending?.recall(serverId)
    if (loan) loan.isAskedBack = true
  }

  /** What was prepared and may have been committed stays ready until that is known. */
  function takeBack(isUnsure: boolean): void {
    const over = loan
    loan = null
    if (!over) return
    if (isUnsure) doubt.raise(0)
    else if (over.runId) decide(over.runId, false)
    over.back.resolve()
  }

  async function recall(): Promise<void> {
    askBack()
    const since = now()
    const isDue = () => isHeld() && (loan !== null || doubt.isOpen())
    for (let isLast = false; isDue() && !isLast; ) {
      isLast = now() - (doubt.since() ?? since) >= doubt.longestMs
      // The next may succeed; what the last one does not find is left to the reaper.
      if (doubt.isOpen() || isOverdue()) await look().catch(() => {})
      if (isDue() && !isLast) await Promise.race([...(loan ? [loan.back.promise] : []), sleep(lookEveryMs)])
    }
    for (const id of prepared.keys()) decide(id, false)
  }

  function refuse(runs: { runId: string; agentId: string }[]) {
    const error = 'The budget of this month was spent before the run could start.'
    return end(
      sql,
      runs.map((run) => ({ ...run, serverId: null, status: 'failed', errorCode: 'budget_exceeded', error })),
    )
  }

  async function endAndRefill(endings: Ending[]): Promise<Ended[]> {
    const wanted = live.size + lent() < options.maxRuns || doubt.isOpen() ? 0 : room(endings.length)
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
      if (!isHeld() || loan?.runId !== null) return
      loan.runId = run.id
      if (live.has(run.id) || begun.has(run.id)) return
      const mayStart = createSignal<boolean>()
      prepared.set(run.id, { mayStart, askedAt: now() })
      options.prepare(run, mayStart.promise)
    },
    takeOver() {
      if (loan?.runId) decide(loan.runId, true)
      loan?.back.resolve()
      loan = null
      // When the program is on its way.
      setImmediate(lend)
    },
    takeBack,
    recall,
    giveUp() {
      askBack()
      takeBack(false)
      for (const id of prepared.keys()) decide(id, false)
    },
  }
}

/** A place is lent until the web server says what became of it, also where its run was found: what it says late is of no other. */
type Loan = { isAskedBack: boolean; back: Signal<void>; runId: string | null }

type Prepared = { mayStart: Signal<boolean>; askedAt: number }
