'use client'

import type { ReactNode } from 'react'
import { Empty } from '@/app/_components/empty'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { Toggle } from '@/app/_components/ui/toggle'
import { type Budgeted, CostStats } from './cost-stats'
import { CostTable } from './cost-table'
import { CostsChart } from './costs-chart'
import { type Costs, costGroups } from './use-costs'

const groupsOfOne: Partial<typeof costGroups> = { day: costGroups.day, model: costGroups.model }

type CostReportProps = {
  companyId: string
  costs: Costs
  budgeted: Budgeted | undefined
  ofOneAgent?: boolean
  /** How charges are recorded, shown when there are none. */
  children: ReactNode
}

/** Totals, a chart by day and a table. Reported, estimated and unpriced costs are shown apart. */
export function CostReport({ companyId, costs, budgeted, ofOneAgent = false, children }: CostReportProps) {
  const { period, group, span, days, items } = costs
  if (days.isPending) return <SkeletonRows />
  if (!days.data) return <QueryError error={days.error} onRetry={() => void days.refetch()} />
  const isThisMonth = period.value === 'month'
  if (days.data.items.length === 0) {
    return (
      <Empty title={isThisMonth ? 'Nothing was charged this month' : 'Nothing was charged in this period'}>
        {children}
      </Empty>
    )
  }
  return (
    <>
      <CostStats days={days.data.items} budgeted={(isThisMonth && budgeted) || null} />
      <CostsChart days={days.data.items} span={span} />
      <div className="px-4 pt-4 pb-2 sm:px-6">
        <Toggle
          label="Group by"
          values={ofOneAgent ? groupsOfOne : costGroups}
          value={group.value}
          onChange={group.set}
        />
      </div>
      <CostTable companyId={companyId} group={group.value} items={items} />
    </>
  )
}
