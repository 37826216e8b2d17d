import type { StopCause } from '@/server/adapters/adapter'
import type { HeldRun } from '@/server/engine/runs/claim'
import type { Log } from '@/server/platform/logger'
import { killOrphans } from '@/server/processes/orphans'

export type LiveProcess = { pid: number; startedTicks: string | null }
export type LiveRun = HeldRun & { abort: AbortController; done: Promise<void>; process: LiveProcess | null }

/** The runs that one worker holds. */
export type LiveRuns = {
  /** By id of the run, until its ending is written. */
  byId: Map<string, LiveRun>
  /** Starts a run, unless it is known already. */
  launch(run: HeldRun): void
  /** The run was carried out: while its ending is not written, it is not started again. */
  carriedOut(run: LiveRun): void
  stop(runId: string, cause: StopCause): void
  stopAll(cause: StopCause): Promise<void>
  /** Stops all runs without their grace. Resolves when nothing of them is alive. */
  killAll(cause: StopCause): Promise<void>
  allDone(): Promise<unknown>
}

export function createLiveRuns(options: {
  carryOut(run: LiveRun): Promise<void>
  /** Why a run that is launched now is stopped at once; null while the runner works. */
  stopCause(): StopCause | null
  /** A run has left its slot. */
  onLeft(): void
  log: Log
}): LiveRuns {
  const { log } = options
  const byId = new Map<string, LiveRun>()
  const unwritten = new Set<string>()

  function launch(held: HeldRun): void {
    if (byId.has(held.id) || unwritten.has(held.id)) return
    const run: LiveRun = { ...held, abort: new AbortController(), done: Promise.resolve(), process: null }
    byId.set(run.id, run)
    // It was claimed by a statement that was under way when everything was stopped.
    const cause = options.stopCause()
    if (cause) run.abort.abort(cause)
    run.done = options
      .carryOut(run)
      .catch((err) => log.warn({ err, runId: run.id }, 'a run could not be started yet'))
      .finally(() => {
        if (byId.get(run.id) === run) byId.delete(run.id)
        options.onLeft()
      })
  }

  /** The first cause stands: an AbortController keeps the reason it was first given. */
  function stop(runId: string, cause: StopCause) {
    byId.get(runId)?.abort.abort(cause)
  }

  function allDone(): Promise<unknown> {
    return Promise.all([...byId.values()].map((run) => run.done))
  }

  return {
    byId,
    launch,
    carriedOut(run) {
      if (byId.get(run.id) === run) unwritten.add(run.id)
    },
    stop,
    stopAll: (cause) => inBatches(byId.keys(), (runId) => stop(runId, cause)),
    async killAll(cause) {
      await inBatches(byId.values(), (run) => {
        stop(run.id, cause)
        // A run that is being stopped already is in its grace, which only a kill from outside ends.
        if (run.process) killOrphans({ ...run.process, runId: run.id }).catch((err) => log.error(err))
      })
      await allDone()
    },
    allDone,
  }
}

const batchSize = 20

/** Between two batches the renewal of the lease, and everything else, has its turn. */
async function inBatches<Item>(items: Iterable<Item>, act: (item: Item) => void): Promise<void> {
  for (const [at, item] of [...items].entries()) {
    act(item)
    if (at % batchSize === batchSize - 1) await new Promise(setImmediate)
  }
}
