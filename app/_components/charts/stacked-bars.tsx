'use client'

import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react'
import { cn } from '@/app/_components/ui/classes'
import { stacksOf } from './stacks'

export type Series = { key: string; label: string /** A CSS colour. */; colour: string }
export type Column = {
  key: string
  /** The period of the column in full: "22 Nov, 14:00 to 15:00". */
  label: string
  /** Under the axis; most columns have none. */
  tick?: string
  values: Readonly<Record<string, number>>
}

type StackedBarsProps = {
  /** Describes the chart to screen readers. */
  label: string
  /** From the bottom up. */
  series: readonly Series[]
  columns: readonly Column[]
  format: (value: number) => string
  /** A shorter way to write a value, beside the axis. */
  formatTick?: (value: number) => string
  /** Whether values are counts: ticks are then whole. */
  whole?: boolean
  className?: string
}

/** Bars over time. Values are read with the pointer or the arrow keys, and as a table by screen readers. */
export function StackedBars({ label, series, columns, format, formatTick, whole = true, className }: StackedBarsProps) {
  const [at, setAt] = useState<number | null>(null)
  const keys = series.map(({ key }) => key).join(' ')
  const stacks = useMemo(() => stacksOf(columns, keys.split(' '), { whole }), [columns, keys, whole])
  const column = at === null ? undefined : columns[at]
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (event.key === 'Escape') setAt(null)
    if (step === undefined) return
    event.preventDefault()
    setAt((now) => Math.min(columns.length - 1, Math.max(0, (now ?? columns.length - 1 - step) + step)))
  }
  const point = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const found = Math.floor(((event.clientX - left) / width) * columns.length)
    setAt(Math.min(columns.length - 1, Math.max(0, found)))
  }
  return (
    <figure className={cn('grid', className)}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms */}
      <div
        role="group"
        aria-label={`${label} Use the arrow keys to read its columns.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read the columns
        tabIndex={0}
        onKeyDown={move}
        onBlur={() => setAt(null)}
        className="relative h-full min-h-28 pb-5"
      >
        <Grid stacks={stacks} format={formatTick ?? format} />
        <div
          className="absolute inset-x-0 top-0 bottom-5 ml-10"
          onPointerMove={point}
          onPointerLeave={() => setAt(null)}
        >
          <Bars series={series} stacks={stacks} at={at} />
          {column && at !== null && (
            <Tooltip left={stacks.middle(at)} column={column} series={series} format={format} />
          )}
        </div>
        <Ticks columns={columns} stacks={stacks} />
      </div>
      <ScreenReaderTable label={label} series={series} columns={columns} format={format} />
    </figure>
  )
}

function totalOf(column: Column, series: readonly Series[]): number {
  return series.reduce((sum, { key }) => sum + (column.values[key] ?? 0), 0)
}

type Stacks = ReturnType<typeof stacksOf>

function Grid({ stacks: { ticks, highest }, format }: { stacks: Stacks; format: (value: number) => string }) {
  return (
    <div aria-hidden className="absolute inset-x-0 top-0 bottom-5">
      {ticks.map((tick) => (
        <div
          key={tick}
          style={{ bottom: `${(100 * tick) / highest}%` }}
          className="absolute inset-x-0 flex h-0 items-center gap-2"
        >
          <span className="w-8 shrink-0 whitespace-nowrap text-right text-faint text-small">{format(tick)}</span>
          <span className={cn('h-px flex-1', tick === 0 ? 'bg-line-strong' : 'bg-line')} />
        </div>
      ))}
    </div>
  )
}

/** Labels under the time axis; narrow pages show every second one. */
function Ticks({ columns, stacks }: { columns: readonly Column[]; stacks: Stacks }) {
  const labelled = columns.filter((one) => one.tick)
  const omitted = new Set(labelled.filter((_, index) => index % 2 === 1).map((one) => one.key))
  return (
    <div aria-hidden className="absolute inset-x-0 bottom-0 ml-10 h-4">
      {columns.map(
        (one, index) =>
          one.tick && (
            <span
              key={one.key}
              style={{ left: `${stacks.middle(index)}%` }}
              className={`-translate-x-1/2 absolute whitespace-nowrap text-faint text-small ${omitted.has(one.key) ? 'max-sm:hidden' : ''}`}
            >
              {one.tick}
            </span>
          ),
      )}
    </div>
  )
}

type BarsProps = { series: readonly Series[]; stacks: Stacks; at: number | null }

/** Drawn in a square of 100 units that is stretched to the available space. */
function Bars({ series, stacks: { bars, highest, step, width, left }, at }: BarsProps) {
  const colours = new Map(series.map(({ key, colour }) => [key, colour]))
  return (
    <svg aria-hidden className="absolute inset-0 size-full" viewBox="0 0 100 100" preserveAspectRatio="none">
      {at !== null && <rect x={at * step} y={0} width={step} height={100} fill="var(--color-hover)" />}
      {bars.map(({ series: key, column, bottom, top }) => (
        <rect
          key={`${column} ${key}`}
          x={left(column)}
          y={100 - (100 * top) / highest}
          width={width}
          height={(100 * (top - bottom)) / highest}
          fill={colours.get(key)}
        />
      ))}
    </svg>
  )
}

type TooltipProps = {
  /** In percent of the width. */
  left: number
  column: Column
  series: readonly Series[]
  format: (value: number) => string
}

function Tooltip({ left, column, series, format }: TooltipProps) {
  const side = left < 50 ? { left: `${left}%` } : { right: `${100 - left}%` }
  return (
    <div
      role="status"
      style={side}
      className="pointer-events-none absolute top-0 z-20 mx-3 grid min-w-36 gap-0.5 rounded-md border bg-raised px-2.5 py-1.5 text-small shadow-md"
    >
      <p className="whitespace-nowrap font-medium">{column.label}</p>
      {series.map(({ key, label, colour }) => (
        <p key={key} className="flex items-center gap-2 whitespace-nowrap text-muted">
          <span aria-hidden className="size-2 rounded-[2px]" style={{ background: colour }} />
          {label}
          <span className="ml-auto pl-4 text-ink">{format(column.values[key] ?? 0)}</span>
        </p>
      ))}
    </div>
  )
}

function ScreenReaderTable({
  label,
  series,
  columns,
  format,
}: Pick<StackedBarsProps, 'label' | 'series' | 'columns' | 'format'>) {
  return (
    <table className="sr-only">
      <caption>{label}</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          {series.map(({ key, label: name }) => (
            <th key={key} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {columns
          .filter((column) => totalOf(column, series) > 0)
          .map((column) => (
            <tr key={column.key}>
              <th scope="row">{column.label}</th>
              {series.map(({ key }) => (
                <td key={key}>{format(column.values[key] ?? 0)}</td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  )
}
