const dayMs = 86_400_000

/** The cost of the whole UTC month at the pace so far, in micro-dollars; null during its first day. */
export function projectedMicros(spentMicros: number, now: Date): number | null {
  const begin = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)
  const end = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)
  const passedMs = now.getTime() - begin
  return passedMs < dayMs ? null : Math.round((spentMicros * (end - begin)) / passedMs)
}
