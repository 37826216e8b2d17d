'use client'

import type { ReactNode, Ref } from 'react'
import { cn } from './ui/classes'

/** The frame of every page. It holds a `PageHeader` and the content. */
export function Page({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <title>{`${title} · Reveille`}</title>
      <div className="flex min-h-0 flex-1 flex-col">{children}</div>
    </>
  )
}

type PageHeaderProps = { trail?: ReactNode; title: ReactNode; state?: ReactNode; actions?: ReactNode }

export function PageHeader({ trail, title, state, actions }: PageHeaderProps) {
  return (
    <header className="flex min-h-[52px] shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-2 sm:px-6">
      <div
        className={cn(
          'flex min-w-0 flex-1 basis-40 items-center gap-x-3 gap-y-1 max-sm:flex-wrap',
          trail && state ? 'max-sm:basis-full' : 'max-sm:basis-20',
        )}
      >
        <div className="flex min-w-0 items-baseline gap-2">
          {trail && <span className="max-w-72 shrink-0 truncate text-muted max-sm:max-w-[28vw]">{trail}</span>}
          {trail && <span className="text-faint">/</span>}
          <h1 className="min-w-0 truncate font-semibold text-title">{title}</h1>
        </div>
        {state}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  )
}

/** The scrolling part of a page. */
export function Scroller({
  children,
  className,
  ref,
}: {
  children: ReactNode
  className?: string
  ref?: Ref<HTMLDivElement>
}) {
  return (
    <div ref={ref} className={cn('relative min-h-0 flex-1 overflow-y-auto overscroll-contain', className)}>
      {children}
    </div>
  )
}

export function SectionTitle({ children, aside }: { children: ReactNode; aside?: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-3 px-4 pt-5 pb-1.5 sm:px-6">
      <h2 className="font-semibold">{children}</h2>
      {aside}
    </div>
  )
}
