'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { useQueryParam } from '@/app/_components/status-filter'
import { useDay } from '@/app/_time/ticker'
import { useTRPC } from '@/app/_trpc/client'
import { type Period, periods, spanOf } from './period'

export const costGroups = { day: 'By day', agent: 'By agent', model: 'By model' } as const
export type CostGroup = keyof typeof costGroups

export type Costs = ReturnType<typeof useCosts>

/** The costs of a company or of one agent, for the `period` and grouped `by` what the page's URL says. */
export function useCosts({ companyId, agentId }: { companyId: string; agentId?: string }) {
  const api = useTRPC()
  const period = useChoice<Period>('period', periods, 'month')
  const chosen = useChoice<CostGroup>('by', costGroups, 'day')
  const group = agentId && chosen.value === 'agent' ? { ...chosen, value: 'day' as const } : chosen
  const span = spanOf(period.value, new Date(useDay()))
  const options = { placeholderData: keepPreviousData, refetchInterval: 60_000 }
  const input = { companyId, agentId, ...span }
  const days = useQuery(api.cost.summary.queryOptions({ ...input, groupBy: 'day' }, options))
  const grouped = useQuery(api.cost.summary.queryOptions({ ...input, groupBy: group.value }, options))
  return { period, group, span, days, items: grouped.data?.items ?? [] }
}

type Choice<Value extends string> = { value: Value; set: (value: Value) => void }

/** A choice that is kept in the page's URL. */
function useChoice<Value extends string>(name: string, values: Record<Value, string>, fallback: Value): Choice<Value> {
  const given = useSearchParams().get(name)
  const set = useQueryParam(name)
  const found = (Object.keys(values) as Value[]).find((value) => value === given)
  return { value: found ?? fallback, set: (value) => set(value === fallback ? '' : value) }
}
