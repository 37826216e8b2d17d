import { cn } from './ui/classes'

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn('block h-3 animate-pulse rounded bg-selected', className)} />
}

const widths = ['w-40', 'w-56', 'w-32', 'w-48', 'w-44', 'w-36']

/** Placeholders with the height of list rows. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div role="status" aria-label="Loading">
      {widths.slice(0, rows).map((width) => (
        <div key={width} className="flex h-[35px] items-center gap-6 border-b px-4 max-sm:h-14 sm:px-6">
          <Skeleton className="w-20" />
          <Skeleton className={width} />
          <Skeleton className="ml-auto w-16" />
        </div>
      ))}
    </div>
  )
}
