'use client'

import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { type Status, statusDisplay } from './status-display'

/** The status in the page's URL, if it is one of these. */
export function useStatusFilter<S extends Status>(statuses: readonly S[]): S | null {
  const given = useSearchParams().get('status')
  return statuses.find((status) => status === given) ?? null
}

export function StatusFilter({ statuses }: { statuses: readonly Status[] }) {
  const set = useQueryParam('status')
  const chosen = useStatusFilter(statuses)
  return (
    <select
      aria-label="Status"
      value={chosen ?? ''}
      onChange={(event) => set(event.target.value)}
      className="h-8 rounded-md border border-line-strong bg-raised px-2 max-sm:h-9"
    >
      <option value="">All statuses</option>
      {statuses.map((status) => (
        <option key={status} value={status}>
          {statusDisplay[status].label}
        </option>
      ))}
    </select>
  )
}

/** Sets a parameter of the page's URL; an empty value removes it. */
export function useQueryParam(name: string): (value: string) => void {
  const router = useRouter()
  const pathname = usePathname()
  const search = useSearchParams()
  return (value) => {
    const next = new URLSearchParams(search)
    if (value === '') next.delete(name)
    else next.set(name, value)
    const query = next.toString()
    router.replace((query === '' ? pathname : `${pathname}?${query}`) as Parameters<typeof router.replace>[0])
  }
}
