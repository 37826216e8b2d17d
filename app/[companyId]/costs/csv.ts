import type { Outputs } from '@/app/_trpc/client'

export type CostItem = Outputs['cost']['summary']['items'][number]

const columns = {
  key: (item: CostItem) => item.key,
  label: (item: CostItem) => item.label,
  cost_usd: (item: CostItem) => dollars(item.costMicros),
  of_it_estimated_usd: (item: CostItem) => dollars(item.estimatedMicros),
  unpriced_runs: (item: CostItem) => item.unpricedRuns,
  input_tokens: (item: CostItem) => item.inputTokens,
  cached_input_tokens: (item: CostItem) => item.cachedInputTokens,
  output_tokens: (item: CostItem) => item.outputTokens,
}

/** RFC 4180, one line per item, dollars with six decimal places. */
export function csvOf(items: readonly CostItem[]): string {
  const lines = items.map((item) => Object.values(columns).map((value) => cell(String(value(item)))))
  return [Object.keys(columns), ...lines].map((line) => `${line.join(',')}\r\n`).join('')
}

function dollars(micros: number): string {
  return (micros / 1_000_000).toFixed(6)
}

/** A leading quote keeps spreadsheets from evaluating the text as a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
