import { isConnectionError, isDatabaseError } from '@/db/errors'
import { StartupError } from '@/server/domain/startup-error'
import type { HeldRun } from '@/server/engine/runs/claim'
import type { Ending } from '@/server/engine/runs/ending'
import { type ClaimedRun, loadRun } from '@/server/engine/runs/load'
import type { createRunFiles } from '@/server/processes/run-files'
import { unstartedEnding } from './execute'
import { executeWithSecrets } from './execute-with-secrets'
import type { LiveRun } from './live-runs'
import type { createResults } from './results'
import type { RunnerOptions } from './runner'
import type { ServerStop } from './server-stop'
import type { Worker } from './worker'

type Parts = {
  options: RunnerOptions
  files: ReturnType<typeof createRunFiles>
  results: ReturnType<typeof createResults>
  serverStop: ServerStop
}

/**
 * Takes a claimed run from its slot to its written ending. Rejects where the database cannot be reached before the run has started:
 * `reconcile` finds the run again.
 */
export function createCarryOut({ options, files, results, serverStop }: Parts) {
  return async (worker: Worker, liveRun: LiveRun): Promise<void> => {
    const { signal } = liveRun.abort
    const hasSlot = await worker.slots.take(signal)
    try {
      const loaded = signal.aborted ? null : await Promise.race([load(options, worker, liveRun), aborted(signal)])
      // The run has ended already: its hand-over came late.
      if (loaded === 'over') return
      const ending = await endingOf(worker, loaded, liveRun)
      const unwritten = worker.outbox.takeNotes(liveRun.id)
      const events = [...(unwritten?.events ?? []), ...(ending.events ?? [])]
      await worker.outbox.end({ ...ending, events })
      worker.runs.carriedOut(liveRun)
      options.onLog(liveRun.id, 'ended')
    } finally {
      if (hasSlot) worker.slots.release()
    }
  }

  async function endingOf(worker: Worker, loaded: ClaimedRun | Ending | null, liveRun: LiveRun): Promise<Ending> {
    if (!loaded) return unstartedEnding(baseOf(worker, liveRun), liveRun.abort.signal.reason)
    return 'runId' in loaded ? loaded : await execute(worker, loaded, liveRun)
  }

  async function execute(worker: Worker, run: ClaimedRun, liveRun: LiveRun): Promise<Ending> {
    const { id } = run
    const ending = await executeWithSecrets(run, {
      ...options,
      workerId: worker.workerId,
      signal: liveRun.abort.signal,
      isHeld: () => options.lease.workerId() === worker.workerId,
      files,
      onEvent: (event) => worker.outbox.note({ runId: id, events: [event], process: null }),
      onStarted(process) {
        liveRun.process = process
        worker.outbox.note({ runId: id, events: [], process })
      },
      onLogGrew: () => options.onLog(id, 'grew'),
      result: (signal) => results.wait(id, signal),
    })
    return await serverStop.judge(ending)
  }
}

/** A run that can not be read ends alone and holds up no other run. */
async function load({ sql, log }: RunnerOptions, worker: Worker, run: HeldRun): Promise<ClaimedRun | Ending | 'over'> {
  try {
    return (await loadRun(sql, worker.workerId, run.id)) ?? 'over'
  } catch (err) {
    if (isConnectionError(err) || !(isDatabaseError(err) || err instanceof StartupError)) throw err
    log.error({ err, runId: run.id }, 'a run could not be read')
    const why = err instanceof StartupError ? err.message : 'The log of the server says why.'
    const error = `The run could not be read from the database. ${why}`
    return { ...baseOf(worker, run), status: 'failed', errorCode: 'adapter_failed', error }
  }
}

function baseOf({ workerId }: Worker, { id, agentId }: HeldRun) {
  return { runId: id, agentId, workerId }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
}
