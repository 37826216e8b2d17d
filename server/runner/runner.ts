import type { RawSql } from '@/db/client'
import type { StopCause } from '@/server/adapters/adapter'
import type { Lease } from '@/server/leases/lease'
import type { Nudges } from '@/server/live/nudges'
import type { Log } from '@/server/logger'
import { createLoop } from '@/server/loop'
import { killLeftover } from '@/server/processes/orphans'
import { createRunFiles } from '@/server/processes/run-files'
import type { ClaimedRun } from '@/server/runs/claim'
import { findResults } from '@/server/runs/results'
import { type Claims, createClaims, type Lending } from './claims'
import type { LogsOf } from './confidential'
import { executeConfidentially } from './execute-confidentially'
import { createOutbox, type Outbox } from './outbox'
import { createResults } from './results'

export type RunnerOptions = {
  sql: RawSql
  lease: Lease
  nudges: Nudges
  logsOf: LogsOf
  log: Log
  dataDir: string
  apiUrl: string
  secretKey: Buffer
  maxRuns: number
  leaseMs: number
  onLog(runId: string, what: 'grew' | 'ended'): void
  /** The web server that this runner is beside. */
  lending?: Lending | undefined
}

export type Runner = {
  start(): void
  /** A run that the web server is about to commit as started, in a place that the life `serverId` has lent it. */
  prepare(serverId: string, run: ClaimedRun): void
  /** It is committed. */
  takeOver(serverId: string): void
  /** A place that was lent comes back unused, or perhaps used; null: the web server is gone, with what it had. */
  takeBack(serverId: string | null, isUnsure: boolean): void
  /** Claims no more. */
  close(): void
  /** Claims no more; resolves when the last run is done. */
  finish(): Promise<void>
  /** Claims no more, gives live runs `drainMs`, then stops what is left. Resolves when all is written. */
  drain(drainMs: number): Promise<void>
  /** Kills everything at once: the lease is lost. Resolves when nothing is left alive. */
  abandon(): Promise<void>
  /** Kills what runs without waiting for its grace; the endings are written as ever. */
  kill(cause: StopCause): Promise<void>
  stop(): Promise<void>
}

type LiveRun = { id: string; abort: AbortController; done: Promise<void>; process: LiveProcess | null }
type LiveProcess = { pid: number; startedTicks: string | null }
/** What is bound to one life of the server: its id is on every claim and every write. */
type Life = { serverId: string; claims: Claims; outbox: Outbox; live: Map<string, LiveRun> }

/** Claims queued runs up to `maxRuns`, carries them out, and writes what becomes of them. */
export function createRunner(options: RunnerOptions): Runner {
  const { sql, lease, nudges, log } = options
  const files = createRunFiles(options.dataDir, log)
  let life: Life | null = null
  let isClaiming = true
  let isDraining = false
  /** Why whatever is launched from now on is stopped at once. */
  let stopped: StopCause | null = null

  const claiming = createLoop({
    name: 'claim',
    everyMs: 1000,
    jitter: 0.2,
    run: async () => currentLife()?.claims.fill(),
    log,
  })
  const cancelling = createLoop({ name: 'cancels', everyMs: 1000, jitter: 0.2, run: stopCancelled, log })
  const results = createResults({ find: (runIds) => findResults(sql, options.secretKey, runIds), log })
  nudges.on((heard) => {
    if (heard.includes('runs')) claiming.poke()
    if (heard.includes('results')) results.poke()
    if (heard.includes('cancels')) cancelling.poke()
  })

  function currentLife(): Life | null {
    const serverId = lease.serverId()
    if (serverId === null) return null
    if (life?.serverId !== serverId) life = newLife(serverId)
    return life
  }

  function isHeld(mine: Life): boolean {
    return lease.serverId() === mine.serverId
  }

  function newLife(serverId: string): Life {
    const live = new Map<string, LiveRun>()
    const isHeld = () => lease.serverId() === serverId
    const claims = createClaims({
      sql,
      serverId,
      maxRuns: options.maxRuns,
      leaseMs: options.leaseMs,
      isHeld,
      isOpen: () => isClaiming,
      live,
      launch: (run) => launch(mine, run),
      prepare: (run, mayStart) => launch(mine, run, mayStart),
      onClaimed: () => nudges.send('live'),
      lending: options.lending,
    })
    const outbox = createOutbox({
      sql,
      serverId,
      write: claims.end,
      log,
      isHeld,
      // A server that stops does not wait for ever: a reaper ends what it could not.
      patienceMs: () => (isDraining ? options.leaseMs : Number.POSITIVE_INFINITY),
      underWay: () => live.size,
      onNoted: () => nudges.send('live'),
      onEnded: () => nudges.send('runs', 'live'),
    })
    const mine: Life = { serverId, claims, outbox, live }
    return mine
  }

  function launch(mine: Life, run: ClaimedRun, mayStart?: Promise<boolean>): void {
    const abort = new AbortController()
    const liveRun: LiveRun = { id: run.id, abort, done: Promise.resolve(), process: null }
    mine.live.set(run.id, liveRun)
    // Claimed by a question that was under way when all was stopped.
    if (stopped) abort.abort(stopped)
    liveRun.done = carryOut(mine, run, liveRun, mayStart).finally(() => {
      mine.live.delete(run.id)
      claiming.poke()
    })
  }

  async function carryOut(mine: Life, run: ClaimedRun, liveRun: LiveRun, mayStart?: Promise<boolean>): Promise<void> {
    const { id } = run
    const ending = await executeConfidentially(run, {
      ...options,
      serverId: mine.serverId,
      isHeld: () => isHeld(mine),
      signal: liveRun.abort.signal,
      mayStart,
      files,
      onEvent: (event) => mine.outbox.note({ runId: id, events: [event], process: null }),
      onStarted(process) {
        liveRun.process = process
        mine.outbox.note({ runId: id, events: [], process })
      },
      onLogGrew: () => options.onLog(id, 'grew'),
      result: (signal) => results.wait(id, signal),
    })
    // What fails while it is made ready is told when there is a run to tell it of.
    if (!ending || (await mayStart) === false) return
    const unwritten = mine.outbox.takeNotes(id)
    await mine.outbox.end({ ...ending, events: [...(unwritten?.events ?? []), ...(ending.events ?? [])] })
    options.onLog(id, 'ended')
  }

  async function stopCancelled() {
    const mine = life
    if (!mine || mine.live.size === 0) return
    const runs = await sql<{ id: string; code: 'cancelled' | 'budget_exceeded' | null }[]>`
      select id, cancel_code as code from heartbeat_runs
      where server_id = ${mine.serverId} and status = 'running' and cancel_requested_at is not null`
    for (const run of runs) stop(mine, run.id, run.code ?? 'cancelled')
  }

  /** The first cause stands: an AbortController keeps the reason it was first given. */
  function stop(mine: Life, runId: string, cause: StopCause) {
    mine.live.get(runId)?.abort.abort(cause)
  }

  function allDone(mine: Life): Promise<unknown> {
    return Promise.all([...mine.live.values()].map((run) => run.done))
  }

  /** A run that is being stopped already is in its grace: that is cut short from outside. */
  async function killAll(mine: Life, cause: StopCause) {
    for (const run of mine.live.values()) {
      stop(mine, run.id, cause)
      if (run.process) killLeftover({ ...run.process, runId: run.id }).catch((err) => log.error(err))
    }
    await allDone(mine)
  }

  function close() {
    isClaiming = false
  }

  async function finish() {
    close()
    await claiming.stop()
    await life?.claims.recall()
    // A claim that goes with endings under way may still bring some, or leave open whether it did.
    while (life && life.live.size > 0) {
      await allDone(life)
      await life?.claims.recall()
    }
  }

  return {
    start() {
      files.start()
      claiming.start()
      cancelling.start()
    },
    prepare(serverId, run) {
      if (life?.serverId === serverId) life.claims.prepare(run)
    },
    takeOver(serverId) {
      if (life?.serverId === serverId) life.claims.takeOver()
    },
    takeBack(serverId, isUnsure) {
      if (!life || (serverId !== null && life.serverId !== serverId)) return
      life.claims.takeBack(isUnsure)
      claiming.poke()
    },
    close,
    finish,
    async drain(drainMs) {
      isDraining = true
      const timer = setTimeout(() => {
        stopped = 'server_stopped'
        for (const runId of life?.live.keys() ?? []) if (life) stop(life, runId, stopped)
      }, drainMs)
      await finish()
      clearTimeout(timer)
    },
    async abandon() {
      const lost = life
      life = null
      lost?.claims.giveUp()
      if (lost) await killAll(lost, 'lease_lost')
    },
    async kill(cause) {
      stopped = cause
      if (life) await killAll(life, cause)
    },
    async stop() {
      isClaiming = false
      await Promise.all([claiming.stop(), cancelling.stop()])
      files.stop()
    },
  }
}
