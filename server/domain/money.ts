const microsPerDollar = 1_000_000
const microsPerCent = 10_000

/** The most that one run may be charged, in micro-dollars; a larger report is implausible and ignored. */
export const maxRunCostMicros = 100_000 * microsPerDollar

/** Converts reported dollars to whole micro-dollars; null when the figure is not a valid charge. */
export function microsOfUsd(usd: unknown): number | null {
  if (typeof usd !== 'number' || !Number.isFinite(usd) || usd < 0) return null
  const micros = Math.round(usd * microsPerDollar)
  return micros <= maxRunCostMicros ? micros : null
}

/** A cost for display: "$0.0123", "~$0.0123 estimated", or "unpriced" where it is unknown. */
export function formatCost(micros: number | null, isEstimated: boolean): string {
  if (micros === null) return 'unpriced'
  return isEstimated ? `~${formatMicros(micros)} estimated` : formatMicros(micros)
}

/** Micro-dollars for display: "$0.0004", "$20.00". Rounded to cents, below 10 cents to two digits, so never to 0. */
export function formatMicros(micros: number): string {
  const sign = micros < 0 ? '-' : ''
  const abs = Math.abs(micros)
  const unit = Math.min(microsPerCent, 10 ** Math.max(0, String(abs).length - 2))
  const rounded = Math.round(abs / unit) * unit
  const fraction = String(rounded % microsPerDollar).padStart(6, '0')
  const decimals = fraction.slice(0, 2) + fraction.slice(2).replace(/0+$/, '')
  return `${sign}$${Math.floor(rounded / microsPerDollar)}.${decimals}`
}
