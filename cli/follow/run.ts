import { printNote } from '@/cli/print'
import type { Session } from '@/cli/session'
import { type FinalRunStatus, isFinal } from '@/server/domain/run-status'
import { listen, pause, retrying } from './listen'
import type { LogOutput } from './log-output'

type WholeRun = Awaited<ReturnType<Session['api']['run']['get']['query']>>
export type FinalRun = WholeRun & { status: FinalRunStatus }

const ownerNotes = {
  gone: 'the server that executes the run cannot be reached; waiting for it…',
  back: 'the server that executes the run can be reached again.',
}

/**
 * Prints the log of a run from its first byte to its end, each byte once, across lost connections and restarts of the
 * server. Resolves to the ended run, or to null if `signal` aborts first.
 */
export async function followRun(
  { api }: Pick<Session, 'api'>,
  runId: string,
  output: Pick<LogOutput, 'entry'>,
  signal: AbortSignal,
): Promise<FinalRun | null> {
  await api.run.get.query({ runId })
  let offset = 0
  for (let endedAt = -1; !signal.aborted; ) {
    await listen(
      (handlers) =>
        api.run.onLog.subscribe(
          { runId, offset, tellsOwner: true },
          {
            ...handlers,
            onData({ data }) {
              if (data.owner) return printNote(ownerNotes[data.owner])
              if (data.offset < offset) return
              offset = data.nextOffset
              output.entry(data)
            },
          },
        ),
      signal,
    )
    const run = await retrying(() => api.run.get.query({ runId }), signal)
    if (run && isEnded(run)) {
      // A stopping server ends subscriptions early, so that the log is read again; but it may also have been shortened.
      if (offset >= (run.logBytes ?? 0) || offset === endedAt) return run
      endedAt = offset
    }
    await pause(signal)
  }
  return null
}

function isEnded(run: WholeRun): run is FinalRun {
  return isFinal(run.status)
}
