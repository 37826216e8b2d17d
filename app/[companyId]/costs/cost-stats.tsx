'use client'

import { type BudgetBadge, budgetLabel } from '@/app/_components/budget-badge'
import { Stat, Stats } from '@/app/_components/stat'
import { formatMicros } from '@/server/domain/money'
import type { CostItem } from './csv'

/** A company or an agent. */
export type Budgeted = Parameters<typeof BudgetBadge>[0]['of']
type CostStatsProps = {
  days: readonly CostItem[]
  /** The company or agent with the budget; null for a period other than this month. */
  budgeted: Budgeted | null
}

export function CostStats({ days, budgeted }: CostStatsProps) {
  const sum = (of: (item: CostItem) => number) => days.reduce((total, item) => total + of(item), 0)
  const unpriced = sum((item) => item.unpricedRuns)
  const cost = sum((item) => item.costMicros)
  const estimated = sum((item) => item.estimatedMicros)
  return (
    <Stats>
      <Stat label="Charged" value={formatMicros(cost)} note={budgeted && <BudgetNote of={budgeted} />} />
      <Stat label="Estimated part" value={formatMicros(estimated)} note="from tokens and list prices" />
      <Stat
        label="Unpriced"
        value={unpriced === 0 ? 'none' : `${unpriced} ${unpriced === 1 ? 'run' : 'runs'}`}
        note="used tokens without a known price"
      />
      <Stat
        label="Tokens"
        value={formatTokens(sum((item) => item.inputTokens + item.cachedInputTokens + item.outputTokens))}
        note={`${formatTokens(sum((item) => item.cachedInputTokens))} of them from the cache`}
      />
    </Stats>
  )
}

function BudgetNote({ of: { spentMonthlyMicros, budgetMonthlyMicros } }: { of: Budgeted }) {
  if (budgetMonthlyMicros === null) return 'no budget'
  const isNear = budgetLabel(spentMonthlyMicros, budgetMonthlyMicros) !== null
  const prefix = spentMonthlyMicros >= budgetMonthlyMicros ? 'over the budget ' : ''
  return (
    <span className={isNear ? 'text-timed-out' : undefined}>
      {prefix}of {formatMicros(budgetMonthlyMicros)}
    </span>
  )
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export function formatTokens(tokens: number): string {
  return short.format(tokens)
}
