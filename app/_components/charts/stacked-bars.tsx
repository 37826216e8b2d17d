'use client'

import { type KeyboardEvent, type PointerEvent, useState } from 'react'
import { cn } from '../ui/classes'
import { roundScale } from './scale'

export type Series = { key: string; label: string /** A CSS colour. */; colour: string }
export type Column = {
  key: string
  /** What the column is of, in full: "22 Nov, 14:00 to 15:00". */
  label: string
  /** Under the axis; most columns have none. */
  tick?: string
  values: Readonly<Record<string, number>>
}

type StackedBarsProps = {
  /** Says what is seen, for who does not see it. */
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

/** Bars over time, read by pointer, by arrow keys, or as a table by screen readers. */
export function StackedBars({ label, series, columns, format, formatTick, whole = true, className }: StackedBarsProps) {
  const [at, setAt] = useState<number | null>(null)
  const { top, ticks } = roundScale(Math.max(0, ...columns.map((column) => totalOf(column, series))), { whole })
  const column = at === null ? undefined : columns[at]
  // A narrow chart has room for every second word only.
  const crowded = new Set(columns.filter((one) => one.tick).flatMap((one, index) => (index % 2 === 1 ? [one.key] : [])))
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
        aria-label={`${label} Arrow keys move through it.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read it column by column
        tabIndex={0}
        onKeyDown={move}
        onBlur={() => setAt(null)}
        className="relative h-full min-h-28 pb-5"
      >
        <Grid ticks={ticks} top={top} format={formatTick ?? format} />
        <div
          className="absolute inset-x-0 top-0 bottom-5 ml-10"
          onPointerMove={point}
          onPointerLeave={() => setAt(null)}
        >
          <Bars series={series} columns={columns} top={top} at={at} />
          {column && at !== null && (
            <Reading share={(at + 0.5) / columns.length} column={column} series={series} format={format} />
          )}
        </div>
        <div aria-hidden className="absolute inset-x-0 bottom-0 ml-10 h-4">
          {columns.map(
            (one, index) =>
              one.tick && (
                <span
                  key={one.key}
                  style={{ left: `${(100 * (index + 0.5)) / columns.length}%` }}
                  className={`-translate-x-1/2 absolute whitespace-nowrap text-faint text-small ${crowded.has(one.key) ? 'max-sm:hidden' : ''}`}
                >
                  {one.tick}
                </span>
              ),
          )}
        </div>
      </div>
      <AsTable label={label} series={series} columns={columns} format={format} />
    </figure>
  )
}

function totalOf(column: Column, series: readonly Series[]): number {
  return series.reduce((sum, { key }) => sum + (column.values[key] ?? 0), 0)
}

function Grid({ ticks, top, format }: { ticks: readonly number[]; top: number; format: (value: number) => string }) {
  return (
    <div aria-hidden className="absolute inset-x-0 top-0 bottom-5">
      {ticks.map((tick) => (
        <div
          key={tick}
          style={{ bottom: `${(100 * tick) / top}%` }}
          className="absolute inset-x-0 flex h-0 items-center gap-2"
        >
          <span className="w-8 shrink-0 truncate text-right text-faint text-small">{format(tick)}</span>
          <span className={cn('h-px flex-1', tick === 0 ? 'bg-line-strong' : 'bg-line')} />
        </div>
      ))}
    </div>
  )
}

type BarsProps = { series: readonly Series[]; columns: readonly Column[]; top: number; at: number | null }

function Bars({ series, columns, top, at }: BarsProps) {
  const gap = columns.length > 60 ? 0.12 : 0.22
  return (
    <svg
      aria-hidden
      className="absolute inset-0 size-full"
      viewBox={`0 0 ${columns.length} 100`}
      preserveAspectRatio="none"
    >
      {at !== null && <rect x={at} y={0} width={1} height={100} fill="var(--color-hover)" />}
      {columns.map((column, index) => {
        let bottom = 100
        return series.map(({ key, colour }) => {
          const height = (100 * (column.values[key] ?? 0)) / top
          if (height === 0) return null
          bottom -= height
          return (
            <rect
              key={`${column.key} ${key}`}
              x={index + gap / 2}
              y={bottom}
              width={1 - gap}
              height={height}
              fill={colour}
            />
          )
        })
      })}
    </svg>
  )
}

type ReadingProps = {
  share: number
  column: Column
  series: readonly Series[]
  format: (value: number) => string
}

function Reading({ share, column, series, format }: ReadingProps) {
  const side = share < 0.5 ? { left: `${100 * share}%` } : { right: `${100 * (1 - share)}%` }
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

function AsTable({
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
