const longestMs = 4_000

/** Milliseconds before the next attempt: short at first, up to 4 s, with jitter so that many tabs do not reconnect at once. */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const stepMs = Math.min(longestMs, 250 * 2 ** Math.min(attempt, 10))
  return Math.round(stepMs * (0.5 + random() * 0.5))
}
