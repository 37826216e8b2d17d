import type { RawSql } from '@/db/client'
import { isConnectionError, isDatabaseError } from '@/db/errors'
import type { StopCause } from '@/server/adapters/adapter'
import { PlainError } from '@/server/domain/plain-error'
import type { Lease } from '@/server/leases/lease'
import type { Nudges } from '@/server/live/nudges'
import type { Log } from '@/server/logger'
import { createLoop } from '@/server/loop'
import { killLeftover } from '@/server/processes/orphans'
import { createRunFiles } from '@/server/processes/run-files'
import type { HeldRun } from '@/server/runs/claim'
import { type ClaimedRun, loadRun } from '@/server/runs/load'
import { findResults } from '@/server/runs/results'
import type { Ending } from '@/server/runs/transition'
import { type Claims, createClaims } from './claims'
import type { LogsOf } from './confidential'
import { unstartedEnding } from './execute'
import { executeConfidentially } from './execute-confidentially'
import { inBatches } from './in-batches'
import { createOutbox, type Outbox } from './outbox'
import { createResults } from './results'
import { createServerStop } from './server-stop'
import { createSlots, type Slots } from './slots'

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
  /** How many runs the web server beside this runner may claim for the worker `serverId`. */
  onRoom(serverId: string, free: number): void
}

export type Runner = {
  start(): void
  /** A run that the web server has claimed for the worker `serverId`. It waits for a slot where all are taken. */
  accept(serverId: string, run: HeldRun): void
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

type LiveRun = HeldRun & { abort: AbortController; done: Promise<void>; process: LiveProcess | null }
type LiveProcess = { pid: number; startedTicks: string | null }
/** What is bound to one life of the server: its id is on every claim and every write. */
type Life = {
  serverId: string
  claims: Claims
  outbox: Outbox
  slots: Slots
  live: Map<string, LiveRun>
  /** Runs that were carried out and whose endings could not be written: they are not started again. */
  unwritten: Set<string>
}

/** Claims queued runs up to `maxRuns`, carries them out, and writes what becomes of them. */
export function createRunner(options: RunnerOptions): Runner {
  const { sql, lease, nudges, log } = options
  const files = createRunFiles(options.dataDir, log)
  let life: Life | null = null
  let isClaiming = true
  let isDraining = false
  /** Why whatever is launched from now on is stopped at once. */
  let stopped: StopCause | null = null
  const serverStop = createServerStop()

  const claiming = createLoop({
    name: 'claim',
    everyMs: 1000,
    jitter: 0.2,
    run: async () => currentLife()?.claims.fill(),
    log,
  })
  const reconciling = createLoop({
    name: 'reconcile',
    everyMs: 1000,
    jitter: 0.2,
    run: async () => life?.claims.reconcile(),
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
      onClaimed: () => nudges.send('live'),
      onRoom: (free) => options.onRoom(serverId, free),
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
    const slots = createSlots(options.maxRuns)
    const mine: Life = { serverId, claims, outbox, slots, live, unwritten: new Set() }
    return mine
  }

  function launch(mine: Life, run: HeldRun): void {
    if (mine.live.has(run.id) || mine.unwritten.has(run.id)) return
    const abort = new AbortController()
    const liveRun: LiveRun = { ...run, abort, done: Promise.resolve(), process: null }
    mine.live.set(run.id, liveRun)
    // Claimed by a question that was under way when all was stopped.
    if (stopped) abort.abort(stopped)
    liveRun.done = carryOut(mine, liveRun)
      .catch((err) => log.warn({ err, runId: run.id }, 'a run could not be started yet'))
      .finally(() => {
        if (isKnown(mine, liveRun)) mine.live.delete(run.id)
        claiming.poke()
      })
  }

  /** Rejects where the database is away before the run has started: `reconcile` finds it again. */
  async function carryOut(mine: Life, liveRun: LiveRun): Promise<void> {
    const { signal } = liveRun.abort
    const hasSlot = await mine.slots.take(signal)
    try {
      const loaded = signal.aborted ? null : await Promise.race([load(mine, liveRun), aborted(signal)])
      // It has ended already: what was said of it came late.
      if (loaded === 'over') return
      const ending = await endingOf(mine, loaded, liveRun)
      const unwritten = mine.outbox.takeNotes(liveRun.id)
      const events = [...(unwritten?.events ?? []), ...(ending.events ?? [])]
      await mine.outbox.end({ ...ending, events })
      if (isKnown(mine, liveRun)) mine.unwritten.add(liveRun.id)
      options.onLog(liveRun.id, 'ended')
    } finally {
      if (hasSlot) mine.slots.release()
    }
  }

  async function endingOf(mine: Life, loaded: ClaimedRun | Ending | null, liveRun: LiveRun): Promise<Ending> {
    if (!loaded) return unstartedEnding(baseOf(mine, liveRun), liveRun.abort.signal.reason)
    return 'runId' in loaded ? loaded : await execute(mine, loaded, liveRun)
  }

  /** A run that can not be read ends by itself: it holds up no other. */
  async function load(mine: Life, run: HeldRun): Promise<ClaimedRun | Ending | 'over'> {
    try {
      return (await loadRun(sql, mine.serverId, run.id)) ?? 'over'
    } catch (err) {
      if (isConnectionError(err) || !(isDatabaseError(err) || err instanceof PlainError)) throw err
      log.error({ err, runId: run.id }, 'a run could not be read')
      const why = err instanceof PlainError ? err.message : 'The log of the server says why.'
      const error = `The run could not be read from the database. ${why}`
      return { ...baseOf(mine, run), status: 'failed', errorCode: 'adapter_failed', error }
    }
  }

  async function execute(mine: Life, run: ClaimedRun, liveRun: LiveRun): Promise<Ending> {
    const { id } = run
    const ending = await executeConfidentially(run, {
      ...options,
      serverId: mine.serverId,
      signal: liveRun.abort.signal,
      isHeld: () => isHeld(mine),
      files,
      onEvent: (event) => mine.outbox.note({ runId: id, events: [event], process: null }),
      onStarted(process) {
        liveRun.process = process
        mine.outbox.note({ runId: id, events: [], process })
      },
      onLogGrew: () => options.onLog(id, 'grew'),
      result: (signal) => results.wait(id, signal),
    })
    return await serverStop.judge(ending)
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
    await inBatches(mine.live.values(), (run) => {
      stop(mine, run.id, cause)
      if (run.process) killLeftover({ ...run.process, runId: run.id }).catch((err) => log.error(err))
    })
    await allDone(mine)
  }

  function close() {
    isClaiming = false
  }

  async function finish() {
    close()
    const draining = lease.drain()
    await claiming.stop()
    await draining
    while (life) {
      const mine = life
      await allDone(mine)
      await mine.claims.settle()
      if (mine.live.size === 0) break
    }
  }

  return {
    start() {
      files.start()
      claiming.start()
      reconciling.start()
      cancelling.start()
    },
    accept(serverId, run) {
      if (life?.serverId === serverId) launch(life, run)
    },
    close,
    finish,
    async drain(drainMs) {
      isDraining = true
      serverStop.begin()
      const timer = setTimeout(() => {
        stopped = 'server_stopped'
        const mine = life
        if (mine) void inBatches(mine.live.keys(), (runId) => stop(mine, runId, 'server_stopped'))
      }, drainMs)
      await finish()
      clearTimeout(timer)
    },
    async abandon() {
      const lost = life
      life = null
      if (lost) await killAll(lost, 'lease_lost')
    },
    async kill(cause) {
      stopped = cause
      if (cause === 'server_stopped') serverStop.begin()
      if (life) await killAll(life, cause)
    },
    async stop() {
      isClaiming = false
      await Promise.all([claiming.stop(), reconciling.stop(), cancelling.stop()])
    },
  }
}

/** Until its ending is written. */
function isKnown({ live }: Life, run: LiveRun): boolean {
  return live.get(run.id) === run
}

function baseOf({ serverId }: Life, { id, agentId }: HeldRun) {
  return { runId: id, agentId, serverId }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
}
