import { type Column, type Series, StackedBars } from '@/app/_components/charts/stacked-bars'
import { formatMicros } from '@/server/domain/money'
import type { CostItem } from './csv'
import { daysOf } from './period'

const series = [
  { key: 'priced', label: 'charged', colour: 'var(--color-bar-cost)' },
  { key: 'estimated', label: 'estimated', colour: 'var(--color-bar-estimated)' },
] as const satisfies readonly Series[]

type CostsChartProps = { days: readonly CostItem[]; span: { since: string; until: string } }

/** Dollars by UTC day; estimated costs are stacked on the reported ones. */
export function CostsChart({ days, span }: CostsChartProps) {
  const byDay = new Map(days.map((day) => [day.key, day]))
  const names = daysOf(span)
  const tickStep = Math.ceil(names.length / 8)
  const columns = names.map((name, at): Column => {
    const day = byDay.get(name)
    const [cost, estimated] = [day?.costMicros ?? 0, day?.estimatedMicros ?? 0]
    const date = dayFormat.format(new Date(name))
    return {
      key: name,
      label: day?.unpricedRuns
        ? `${date}, and ${day.unpricedRuns} ${day.unpricedRuns === 1 ? 'run' : 'runs'} unpriced`
        : date,
      tick: at % tickStep === Math.floor(tickStep / 2) ? date : undefined,
      values: { priced: (cost - estimated) / 1_000_000, estimated: estimated / 1_000_000 },
    }
  })
  return (
    <section aria-label="Costs by day" className="border-b px-4 pt-4 pb-3 sm:px-6">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 pb-3">
        <h2 className="font-semibold">By day</h2>
        <ul className="flex gap-x-3 text-muted text-small">
          {series.map(({ key, label, colour }) => (
            <li key={key} className="flex items-center gap-1.5">
              <span aria-hidden className="size-2 rounded-[2px]" style={{ background: colour }} />
              {label}
            </li>
          ))}
        </ul>
        <span className="ml-auto text-muted text-small">days in UTC</span>
      </div>
      <StackedBars
        className="h-44 2xl:h-56"
        label="Costs by day, in dollars."
        series={series}
        columns={columns}
        format={(dollars) => formatMicros(Math.round(dollars * 1_000_000))}
        formatTick={tickOf}
        whole={false}
      />
    </section>
  )
}

const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** Dollars on the axis: "$0.50", "$20", "$1.2K", and two significant digits below a cent. */
function tickOf(dollars: number): string {
  if (dollars >= 1_000) return compact.format(dollars)
  if (Number.isInteger(dollars)) return `$${dollars}`
  return `$${dollars >= 0.01 ? dollars.toFixed(2) : small.format(dollars)}`
}

const small = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 })
const compact = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  maximumSignificantDigits: 3,
})
