import type { LogEntry, LogPage, LogQuery } from './log-store'
import type { Change, Changes } from './notifier'

const pageBytes = 256 * 1024
const shortestPageBytes = 1024

export type Follow = {
  read(query: LogQuery): Promise<LogPage>
  /** Called before the first read, closed at the end: what happens in between is not missed. */
  subscribe(): Changes
  /**
   * The `logBytes` of the run once it is final, else null. Asked at first, and then not for nudges that say `grew`.
   * `isSilent`: nothing was heard, so the answer may be a moment old.
   */
  finalBytes(isSilent: boolean): Promise<number | null>
  offset: number
  signal: AbortSignal
  /** Resolves when the receiver can take more; asked before each page. */
  backpressure?(): Promise<void>
}

/**
 * The entries from `offset` on, then those to come, each once and in order; returns when the run is final and all is
 * sent, or soon after `signal` aborts. Rejects with what `read` or `finalBytes` rejects with.
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
      // One that ends before its end is asked once more, from where it ends: whoever reads it there says why.
      const isShort = endOffset !== undefined && Number.isFinite(endOffset) && offset < endOffset && hasMoved
      if (!isDrained || isShort) continue
      // A log is whole before its run is final, so what was not there at a read after that never comes.
      if (endOffset !== undefined) return
      change = await changes.next(signal)
    }
  } finally {
    changes.close()
  }
}

/** Pages end where those of other viewers do, however far apart they began, and so are theirs too. */
function upToNextPage(offset: number): number {
  const left = pageBytes - (offset % pageBytes)
  return left < shortestPageBytes ? left + pageBytes : left
}

/** A promise that ignores the signal must not hold a generator whose reader has left. */
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
