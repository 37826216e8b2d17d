'use client'

import { useQuery } from '@tanstack/react-query'
import { useParams } from 'next/navigation'
import { inputClass } from '@/app/_components/ui/field'
import { useTRPC } from '@/app/_trpc/client'

type SecretSelectProps = { label: string; name: string; onChange: (name: string) => void }

/** Selects a secret of the company by name. A stored name that no longer exists stays selectable. */
export function SecretSelect({ label, name, onChange }: SecretSelectProps) {
  const api = useTRPC()
  const { companyId = '' } = useParams<{ companyId: string }>()
  const { data } = useQuery(api.secret.list.queryOptions({ companyId }))
  const known = data?.items.map((secret) => secret.name) ?? []
  const names = name === '' || known.includes(name) ? known : [name, ...known]
  return (
    <select
      aria-label={label}
      className={`${inputClass} font-mono text-log`}
      value={name}
      required
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{data && names.length === 0 ? 'no secrets yet: set one in Settings' : 'choose a secret'}</option>
      {names.map((known) => (
        <option key={known}>{known}</option>
      ))}
    </select>
  )
}
