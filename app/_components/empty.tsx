import type { ReactNode } from 'react'

/** Shown instead of an empty list: a sentence about the next step, with its button. */
export function Empty({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="grid justify-items-start gap-3 px-4 py-10 sm:px-6">
      <div className="grid max-w-[60ch] gap-1">
        <p className="font-semibold">{title}</p>
        <p className="text-muted">{children}</p>
      </div>
      {action}
    </div>
  )
}
