import type { LogEntry, LogPage, LogQuery } from './log-store'
import type { Change, Changes } from './notifier'

const pageBytes = 256 * 1024
const shortestPageBytes = 1024

export type Follow = {
  read(query: LogQuery): Promise<LogPage>
  /** Called before the first read and closed at the end, so that no change in between is missed. */
  subscribe(): Changes
  /**
   * The `logBytes` of the run once it is final, else null. Called first, and then after each change except `grew`.
   * `isSilent`: there was no notification, so the answer may be up to 2 s old.
   */
  finalBytes(isSilent: boolean): Promise<number | null>
  offset: number
  signal: AbortSignal
  /** Resolves when the receiver can take more; called before each page. */
  backpressure?(): Promise<void>
}

/**
 * The entries from `offset` on, then new ones as they are written, each once and in order. Returns when the run is final
 * and all entries are sent, or soon after `signal` aborts. Rejects with the errors of `read` and `finalBytes`.
 */
export async function* followLog(follow: Follow): AsyncGenerator<LogEntry, void> {
  const { signal } = follow
  const changes = follow.subscribe()
  let offset = follow.offset
  let change: Change = 'ended'
  let endOffset: number | undefined
  try {
    while (!signal.aborted) {
      if (change !== 'grew')
        endOffset ??= (await untilAborted(follow.finalBytes(change === 'silence'), signal)) ?? undefined
      change = 'grew'
      if (follow.backpressure) await untilAborted(follow.backpressure(), signal)
      if (signal.aborted) return
      const page = await follow.read({ offset, limitBytes: upToNextPage(offset), endOffset })
      for (const entry of page.entries) {
        if (signal.aborted) return
        yield entry
      }
      const hasMoved = page.nextOffset > offset
      const isDrained = page.nextOffset >= page.logBytes || !hasMoved
      offset = page.nextOffset
      // A log shorter than its recorded end is read once more from there: that read fails with the reason.
      const isShort = endOffset !== undefined && Number.isFinite(endOffset) && offset < endOffset && hasMoved
      if (!isDrained || isShort) continue
      // A log is complete before its run is final, so a read after that misses nothing.
      if (endOffset !== undefined) return
      change = await changes.next(signal)
    }
  } finally {
    changes.close()
  }
}

/** Pages end at the same offsets for all viewers, wherever they began, so that viewers can share them. */
function upToNextPage(offset: number): number {
  const left = pageBytes - (offset % pageBytes)
  return left < shortestPageBytes ? left + pageBytes : left
}

/** A promise that ignores the signal must not keep a generator alive whose reader has disconnected. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined
  let giveUp = () => {}
  const aborted = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined)
    signal.addEventListener('abort', giveUp)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
