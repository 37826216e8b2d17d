/** The value below which `share` of them are; 0.5 is the median. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export function median(values: number[]): number {
  return quantile(values, 0.5)
}

export function p50AndP99(values: number[], unit = 'ms'): string {
  return `p50 ${quantile(values, 0.5).toFixed(2)} ${unit}  p99 ${quantile(values, 0.99).toFixed(2)} ${unit}`
}

/** Milliseconds since the epoch with their fractions, as a child's own clock tells them: the bare clock has only whole ones. */
export function wallClock(): () => number {
  const tick = Date.now()
  while (Date.now() === tick);
  const offset = Date.now() - performance.now()
  return () => offset + performance.now()
}

/** Runs `work` on each item, `atOnce` at a time. */
export async function eachOf<T>(items: T[], atOnce: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values()
  const lanes = Array.from({ length: atOnce }, async () => {
    for (const item of rest) await work(item)
  })
  await Promise.all(lanes)
}
