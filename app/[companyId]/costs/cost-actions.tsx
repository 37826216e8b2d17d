'use client'

import { Button } from '@/app/_components/ui/button'
import { type CostItem, csvOf } from './csv'
import { type Period, periods } from './period'
import type { Costs } from './use-costs'

/** Selects the period, and downloads the table as a CSV file whose name starts with `name`. */
export function CostActions({ costs: { period, group, span, items }, name }: { costs: Costs; name: string }) {
  return (
    <>
      <select
        aria-label="Period"
        value={period.value}
        onChange={(event) => period.set(event.target.value as Period)}
        className="h-8 rounded-md border border-line-strong bg-raised px-2 max-sm:h-9"
      >
        {Object.entries(periods).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <Button
        disabled={items.length === 0}
        onClick={() => download(items, `${name}-by-${group.value}-${span.since.slice(0, 10)}.csv`)}
      >
        <span className="max-sm:sr-only">Download</span> CSV
      </Button>
    </>
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
