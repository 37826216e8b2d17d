/** Both clocks, read at the same moment. */
export type Reading = { monotonicMs: number; wallMs: number }

export function readClocks(): Reading {
  return { monotonicMs: performance.now(), wallMs: Date.now() }
}

/**
 * The time from one reading to the next, by the clock that has advanced further: Linux stops the monotonic one while the
 * machine sleeps, and the wall clock may be set back. If it is set forward, the result is too long, which may
 * lose a lease but never keeps an expired one.
 */
export function elapsedMs(from: Reading, to: Reading): number {
  return Math.max(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs)
}
