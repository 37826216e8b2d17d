import { setTimeout as sleep } from 'node:timers/promises'

/** Called between the steps of a scan; what it answers, if anything, is awaited: others have their turn meanwhile. */
export type Breathe = () => Promise<void> | undefined

/**
 * One scan of the machine's processes serves everyone who asked before it began; who asks while one is under way gets the
 * next, so that an answer is never older than its question. Scans never overlap, take about a tenth of the time, and let
 * the event loop go on every few milliseconds.
 */
export function createSharedScan<Answer>(scan: (breathe: Breathe) => Promise<Answer>): () => Promise<Answer> {
  let next: Promise<Answer> | null = null
  let underWay: Promise<unknown> = Promise.resolve()
  let idleUntil = 0

  async function runAfter(before: Promise<unknown>): Promise<Answer> {
    await before
    const pauseMs = idleUntil - performance.now()
    await (pauseMs < 1 ? nextTurn() : sleep(pauseMs))
    next = null
    const slices = createSlices()
    try {
      return await scan(slices.breathe)
    } finally {
      idleUntil = performance.now() + Math.min(longestPauseMs, slices.busyMs() * 9)
    }
  }

  return () => {
    if (next) return next
    next = runAfter(underWay)
    underWay = next.catch(() => {})
    return next
  }
}

const longestPauseMs = 50
const sliceMs = 2

function createSlices() {
  let since = performance.now()
  let busyMs = 0
  return {
    breathe(): Promise<void> | undefined {
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
