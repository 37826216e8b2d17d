import { formatCost, formatMicros } from './money'

type Charge = {
  pricing: 'reported' | 'estimated' | 'unpriced'
  costMicros: number | null
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
}

/** "$0.02", "~$0.02 estimated", "unpriced", or a mix of them; null where nothing was charged. */
export function costWords(charges: readonly Charge[]): string | null {
  const sumOf = (given: readonly Charge[]) => given.reduce((sum, { costMicros }) => sum + (costMicros ?? 0), 0)
  const priced = charges.filter(({ pricing }) => pricing !== 'unpriced')
  const estimated = priced.filter(({ pricing }) => pricing === 'estimated')
  if (charges.length === 0) return null
  if (priced.length === 0) return formatCost(null, false)
  const isMixed = estimated.length > 0 && estimated.length < priced.length
  const cost = isMixed
    ? `${formatMicros(sumOf(priced))} (${formatCost(sumOf(estimated), true)})`
    : formatCost(sumOf(priced), estimated.length > 0)
  return priced.length < charges.length ? `${cost}, and unpriced tokens` : cost
}

/** "1,200 in · 300 cached · 40 out" over all charges; null where no token was counted. */
export function tokenWords(charges: readonly Charge[]): string | null {
  const sumOf = (kind: 'inputTokens' | 'cachedInputTokens' | 'outputTokens') =>
    charges.reduce((sum, charge) => sum + charge[kind], 0)
  const [input, cached, output] = [sumOf('inputTokens'), sumOf('cachedInputTokens'), sumOf('outputTokens')]
  if (input + cached + output === 0) return null
  const parts = [`${input.toLocaleString('en')} in`, `${output.toLocaleString('en')} out`]
  if (cached > 0) parts.splice(1, 0, `${cached.toLocaleString('en')} cached`)
  return parts.join(' · ')
}
