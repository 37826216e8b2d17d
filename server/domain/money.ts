const microsPerDollar = 1_000_000

/** The most one run may be charged, in micro-dollars; a larger claim is absurd and ignored. */
export const maxRunCostMicros = 100_000 * microsPerDollar

/** Dollars as a program reports them → whole micro-dollars, or null when the figure can not be a charge. */
export function microsOfUsd(usd: unknown): number | null {
  if (typeof usd !== 'number' || !Number.isFinite(usd) || usd < 0) return null
  const micros = Math.round(usd * microsPerDollar)
  return micros <= maxRunCostMicros ? micros : null
}

/** A cost in words: "$0.0123", "~$0.0123 estimated", or "unpriced" where nobody knows it. */
export function formatCost(micros: number | null, isEstimated: boolean): string {
  if (micros === null) return 'unpriced'
  return isEstimated ? `~${formatMicros(micros)} estimated` : formatMicros(micros)
}

/** Micro-dollars → "$0.0004", "$20.00": at least cents, and never rounded to zero. */
export function formatMicros(micros: number): string {
  const sign = micros < 0 ? '-' : ''
  const abs = Math.abs(micros)
  const whole = Math.floor(abs / microsPerDollar)
  const fraction = String(abs % microsPerDollar).padStart(6, '0')
  const kept = abs >= 1_000_000 || abs === 0 ? 2 : Math.max(2, fraction.search(/[1-9]/) + 2)
  if (kept === 2) return `${sign}$${(abs / microsPerDollar).toFixed(2)}`
  return `${sign}$${whole}.${fraction.slice(0, kept).replace(/0+$/, '')}`
}
