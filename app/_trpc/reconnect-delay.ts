const longestMs = 4_000

/** Milliseconds before the next attempt: quick at first, up to 4 s, spread so that many tabs do not come back at once. */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const stepMs = Math.min(longestMs, 250 * 2 ** Math.min(attempt, 10))
  return Math.round(stepMs * (0.5 + random() * 0.5))
}
