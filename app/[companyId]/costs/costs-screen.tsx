'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { Empty } from '@/app/_components/empty'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useAddressFilter } from '@/app/_components/status-filter'
import { Button } from '@/app/_components/ui/button'
import { Toggle } from '@/app/_components/ui/toggle'
import { useDay } from '@/app/_time/ticker'
import { useTRPC } from '@/app/_trpc/client'
import { CostFigures } from './cost-figures'
import { CostTable } from './cost-table'
import { CostsChart } from './costs-chart'
import { type CostItem, csvOf } from './csv'
import { type Period, periods, spanOf } from './period'

const groups = { day: 'By day', agent: 'By agent', model: 'By model' } as const

/** What the company's runs cost: what is known, what is estimated, and what has no price, apart. */
export function CostsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const period = useChosen<Period>('period', periods, 'month')
  const group = useChosen<keyof typeof groups>('by', groups, 'day')
  const span = spanOf(period.value, new Date(useDay()))
  const options = { placeholderData: keepPreviousData, refetchInterval: 60_000 }
  const days = useQuery(api.cost.summary.queryOptions({ companyId, ...span, groupBy: 'day' }, options))
  const grouped = useQuery(api.cost.summary.queryOptions({ companyId, ...span, groupBy: group.value }, options))
  const items = grouped.data?.items ?? []
  const isEmpty = days.isSuccess && days.data.items.length === 0
  return (
    <Page title="Costs">
      <PageHeader
        title="Costs"
        actions={
          <>
            <PeriodSelect period={period} />
            <Button
              disabled={items.length === 0}
              onClick={() => download(items, `costs-by-${group.value}-${span.since.slice(0, 10)}.csv`)}
            >
              Download CSV
            </Button>
          </>
        }
      />
      <Scroller>
        {days.isPending && <SkeletonRows />}
        {days.isError && !days.data && <Problem error={days.error} onRetry={() => void days.refetch()} />}
        {isEmpty && (
          <Empty title={period.value === 'month' ? 'Nothing was charged this month' : 'Nothing was charged then'}>
            Costs come from what agents report: Claude Code by itself, others in their result file, their answer, or by
            cost.report. Usage without a price is shown apart, not as free.
          </Empty>
        )}
        {days.data && !isEmpty && (
          <>
            <CostFigures companyId={companyId} days={days.data.items} isThisMonth={period.value === 'month'} />
            <CostsChart days={days.data.items} span={span} />
            <div className="px-4 pt-4 pb-2 sm:px-6">
              <Toggle label="Group by" values={groups} value={group.value} onChange={group.set} />
            </div>
            <CostTable companyId={companyId} group={group.value} items={items} />
          </>
        )}
      </Scroller>
    </Page>
  )
}

type Chosen<Value extends string> = { value: Value; set: (value: Value) => void }

/** A choice that is kept in the page's address. */
function useChosen<Value extends string>(name: string, values: Record<Value, string>, usual: Value): Chosen<Value> {
  const given = useSearchParams().get(name)
  const set = useAddressFilter(name)
  const found = (Object.keys(values) as Value[]).find((value) => value === given)
  return { value: found ?? usual, set: (value) => set(value === usual ? '' : value) }
}

function PeriodSelect({ period }: { period: Chosen<Period> }) {
  return (
    <select
      aria-label="Period"
      value={period.value}
      onChange={(event) => period.set(event.target.value as Period)}
      className="h-8 rounded-md border border-line-strong bg-raised px-2 max-sm:h-9"
    >
      {Object.entries(periods).map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  )
}

function download(items: readonly CostItem[], name: string) {
  const url = URL.createObjectURL(new Blob([csvOf(items)], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
