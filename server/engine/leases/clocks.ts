/** Both clocks at one moment. */
export type Reading = { monotonicMs: number; wallMs: number }

export function readClocks(): Reading {
  return { monotonicMs: performance.now(), wallMs: Date.now() }
}

/**
 * The time from one reading to the next, by the clock that has advanced further: Linux stops the monotonic one while the
 * machine sleeps, and the wall clock may be set back. If it is set forward the time is too long, which costs a lease
 * and never keeps one.
 */
export function elapsedMs(from: Reading, to: Reading): number {
  return Math.max(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs)
}
