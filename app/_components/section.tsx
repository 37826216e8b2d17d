import type { ReactNode } from 'react'
import { cn } from './ui/classes'

/** The sections of a settings page: one column, or two on wide screens. */
export function Sections({ children }: { children: ReactNode }) {
  return <div className="max-w-[44rem] px-4 py-6 sm:px-6 2xl:max-w-[96rem] 2xl:columns-2 2xl:gap-16">{children}</div>
}

export function Section({ title, children, className }: { title: string; children: ReactNode; className?: string }) {
  return (
    <section
      aria-label={title}
      className={cn('mb-8 grid break-inside-avoid grid-cols-[minmax(0,1fr)] gap-4 last:mb-0', className)}
    >
      <h2 className="border-b pb-1.5 font-semibold">{title}</h2>
      {children}
    </section>
  )
}
