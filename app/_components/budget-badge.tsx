type BudgetBadgeProps = { of: { spentMonthlyMicros: number; budgetMonthlyMicros: number | null } }

/** A warning once 80 % of the monthly budget is spent. */
export function BudgetBadge({ of: { spentMonthlyMicros, budgetMonthlyMicros } }: BudgetBadgeProps) {
  const label = budgetLabel(spentMonthlyMicros, budgetMonthlyMicros)
  if (label === null) return null
  return (
    <span className="inline-block shrink-0 whitespace-nowrap rounded border border-line-strong px-1.5 text-small text-timed-out">
      {label}
    </span>
  )
}

/** Both in micro-dollars. A budget of 0 is spent from the start. */
export function budgetLabel(spent: number, budget: number | null): string | null {
  if (budget === null) return null
  if (spent >= budget) return 'budget spent'
  const percent = Math.floor((100 * spent) / budget)
  return percent >= 80 ? `${percent} % of budget` : null
}
