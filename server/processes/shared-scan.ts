import { setTimeout as sleep } from 'node:timers/promises'

/** Called between the steps of a scan. A promise that it returns is awaited, so that the event loop can run other work. */
export type YieldIfDue = () => Promise<void> | undefined

/**
 * One scan of the machine's processes serves all callers that asked before it started; a caller during a scan gets the
 * next one, so that a result is never older than its call. Scans never overlap, take about a tenth of the time, and yield
 * to the event loop every few milliseconds.
 */
export function createSharedScan<Result>(scan: (yieldIfDue: YieldIfDue) => Promise<Result>): () => Promise<Result> {
  let next: Promise<Result> | null = null
  let current: Promise<unknown> = Promise.resolve()
  let idleUntil = 0

  async function runAfter(before: Promise<unknown>): Promise<Result> {
    await before
    const pauseMs = idleUntil - performance.now()
    await (pauseMs < 1 ? nextTurn() : sleep(pauseMs))
    next = null
    const slices = createSlices()
    try {
      return await scan(slices.yieldIfDue)
    } finally {
      idleUntil = performance.now() + Math.min(longestPauseMs, slices.busyMs() * 9)
    }
  }

  return () => {
    if (next) return next
    next = runAfter(current)
    current = next.catch(() => {})
    return next
  }
}

const longestPauseMs = 50
const sliceMs = 2

function createSlices() {
  let since = performance.now()
  let busyMs = 0
  return {
    yieldIfDue(): Promise<void> | undefined {
      const sliceLastedMs = performance.now() - since
      if (sliceLastedMs < sliceMs) return undefined
      busyMs += sliceLastedMs
      return nextTurn().then(() => {
        since = performance.now()
      })
    },
    busyMs: () => busyMs + performance.now() - since,
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
