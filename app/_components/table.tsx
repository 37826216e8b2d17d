import type { ComponentProps, ReactNode } from 'react'
import { cn } from './ui/classes'

type Column = {
  label: string
  className?: string
  /** The content of the header cell where it is more than the label. */
  head?: ReactNode
  sorted?: 'ascending' | 'descending' | null
}

/** A table with hairline rows; on narrow pages each row takes two lines. */
export function Table({
  label,
  columns,
  children,
}: {
  label: string
  columns: readonly Column[]
  children: ReactNode
}) {
  return (
    <table aria-label={label} className="w-full table-fixed border-collapse max-sm:block">
      <thead className="max-sm:sr-only sm:sticky sm:top-0 sm:z-10 sm:bg-canvas sm:shadow-[inset_0_-1px_var(--color-line)]">
        <tr className="h-8 text-left text-muted text-small">
          {columns.map((column) => (
            <th
              key={column.label}
              aria-sort={column.sorted ?? undefined}
              className={cn('px-2 font-normal first:pl-6 last:pr-6', column.className)}
            >
              {column.head ?? column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-sm:block">{children}</tbody>
    </table>
  )
}

/** The link in the lead cell covers the whole row. */
export function Row({ className, ...props }: ComponentProps<'tr'>) {
  return (
    <tr
      data-row
      className={cn(
        'relative h-[35px] border-b hover:bg-hover has-[a:focus-visible]:bg-hover',
        'max-sm:grid max-sm:h-auto max-sm:min-h-14 max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:content-center max-sm:gap-x-3 max-sm:px-4 max-sm:py-2',
        className,
      )}
      {...props}
    />
  )
}

const areas = {
  lead: 'max-sm:col-start-1 max-sm:row-start-1',
  trail: 'max-sm:col-start-2 max-sm:row-start-1 max-sm:justify-self-end',
  below: 'max-sm:col-start-1 max-sm:row-start-2 max-sm:text-muted',
  belowTrail: 'max-sm:col-start-2 max-sm:row-start-2 max-sm:justify-self-end max-sm:text-muted',
  wide: 'max-sm:hidden',
} as const

type CellProps = ComponentProps<'td'> & { area: keyof typeof areas }

/** `area` is the cell's position in the two-line row of a narrow page, which has no `wide` cells. */
export function Cell({ area, className, ...props }: CellProps) {
  return (
    <td className={cn('min-w-0 truncate px-2 first:pl-6 last:pr-6 max-sm:p-0!', areas[area], className)} {...props} />
  )
}

/** Classes for the link of a row: the whole row can be clicked. */
export const rowLinkClass =
  'font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:-outline-offset-2'
