export const periods = {
  month: 'This month',
  last_month: 'Last month',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
} as const
export type Period = keyof typeof periods

const dayMs = 86_400_000

/** Whole UTC days, like budgets, as ISO times. `until` is exclusive, and tomorrow at the latest. */
export function spanOf(period: Period, now: Date): { since: string; until: string } {
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  const month = (offset: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1)
  const lastDays = (days: number) => span(today - (days - 1) * dayMs, today + dayMs)
  switch (period) {
    case 'month':
      return span(month(0), today + dayMs)
    case 'last_month':
      return span(month(-1), month(0))
    case '7d':
      return lastDays(7)
    case '30d':
      return lastDays(30)
    case '90d':
      return lastDays(90)
  }
}

function span(since: number, until: number) {
  return { since: new Date(since).toISOString(), until: new Date(until).toISOString() }
}

/** The days of a span as `2026-11-22`, oldest first. */
export function daysOf({ since, until }: { since: string; until: string }): string[] {
  const days = Math.round((Date.parse(until) - Date.parse(since)) / dayMs)
  return Array.from({ length: days }, (_, at) => new Date(Date.parse(since) + at * dayMs).toISOString().slice(0, 10))
}
