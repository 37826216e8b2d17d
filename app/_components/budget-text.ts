import { microsOfUsd } from '@/server/domain/money'

/** Micro-dollars → dollars as typed; no budget → an empty text. */
export function budgetTextOf(micros: number | null): string {
  return micros === null ? '' : (micros / 1_000_000).toFixed(6).replace(/\.?0+$/, '')
}

/** Dollars as typed → micro-dollars; null for no budget, undefined for a text that is not an amount. */
export function microsOfBudgetText(text: string): number | null | undefined {
  const typed = text.trim()
  return typed === '' ? null : (microsOfUsd(Number(typed)) ?? undefined)
}
