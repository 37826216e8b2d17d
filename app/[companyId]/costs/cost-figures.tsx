'use client'

import { useQuery } from '@tanstack/react-query'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { Figure, Figures } from '@/app/_components/figure'
import { useTRPC } from '@/app/_trpc/client'
import { formatMicros } from '@/server/domain/money'
import type { CostItem } from './csv'

type CostFiguresProps = { companyId: string; days: readonly CostItem[]; isThisMonth: boolean }

export function CostFigures({ companyId, days, isThisMonth }: CostFiguresProps) {
  const api = useTRPC()
  const { data: company } = useQuery(api.company.get.queryOptions({ companyId }))
  const sum = (of: (item: CostItem) => number) => days.reduce((total, item) => total + of(item), 0)
  const unpriced = sum((item) => item.unpricedRuns)
  const cost = sum((item) => item.costMicros)
  const estimated = sum((item) => item.estimatedMicros)
  return (
    <Figures>
      <Figure
        label="Charged"
        value={
          <>
            {formatMicros(cost)} {company && isThisMonth && <BudgetBadge of={company} />}
          </>
        }
        note={
          isThisMonth && company
            ? company.budgetMonthlyMicros === null
              ? 'no budget'
              : `of a budget of ${formatMicros(company.budgetMonthlyMicros)}`
            : undefined
        }
      />
      <Figure label="Of it estimated" value={formatMicros(estimated)} note="from tokens and list prices" />
      <Figure
        label="Unpriced"
        value={unpriced === 0 ? 'none' : `${unpriced} ${unpriced === 1 ? 'run' : 'runs'}`}
        note="used tokens whose price is not known"
      />
      <Figure
        label="Tokens"
        value={formatTokens(sum((item) => item.inputTokens + item.cachedInputTokens + item.outputTokens))}
        note={`${formatTokens(sum((item) => item.cachedInputTokens))} of them read from the cache`}
      />
    </Figures>
  )
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export function formatTokens(tokens: number): string {
  return short.format(tokens)
}
