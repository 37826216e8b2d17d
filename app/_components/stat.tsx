import type { ReactNode } from 'react'

type StatProps = { label: string; value: ReactNode; note?: ReactNode }

/** A number with its label and a note, inside of `Stats`. */
export function Stat({ label, value, note }: StatProps) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-small">{label}</dt>
      <dd className="min-w-0">
        <span className="block truncate font-semibold text-title">{value}</span>
        {note && <span className="block text-muted text-small">{note}</span>}
      </dd>
    </div>
  )
}

export function Stats({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 border-b px-4 py-4 sm:grid-cols-[repeat(auto-fit,minmax(150px,1fr))] sm:px-6 2xl:gap-x-12">
      {children}
    </dl>
  )
}
