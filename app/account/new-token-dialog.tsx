'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ShownOnce } from '@/app/_components/shown-once'
import { Dialog } from '@/app/_components/ui/dialog'
import { DialogButtons } from '@/app/_components/ui/dialog-buttons'
import { SelectField } from '@/app/_components/ui/select-field'
import { TextField } from '@/app/_components/ui/text-field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import { type Role, roles } from '@/server/domain/agent-status'

const lifetimes = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'A year'],
  ['', 'No expiration'],
] as const
type LifetimeDays = (typeof lifetimes)[number][0]
type RoleLimit = Role | ''
const roleLimits: readonly (readonly [RoleLimit, string])[] = [
  ['', 'Same as mine'],
  ...roles.map((role) => [role, `At most ${role}`] as const),
]

export function NewTokenDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New token"
      description="Give the token only the rights that it needs."
    >
      <TokenForm onClose={() => onOpenChange(false)} />
    </Dialog>
  )
}

/** Mounted only while the dialog is open, so that the token is forgotten when it closes. */
function TokenForm({ onClose }: { onClose: () => void }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const companies = useQuery(api.company.list.queryOptions({ limit: 200 }))
  const [name, setName] = useState('')
  const [companyId, setCompanyId] = useState('')
  const [role, setRole] = useState<RoleLimit>('')
  const [days, setDays] = useState<LifetimeDays>('90')
  const create = useMutation(
    api.token.create.mutationOptions({
      gcTime: 0,
      onSuccess: () => void queryClient.invalidateQueries(api.token.list.pathFilter()),
    }),
  )
  const companyOptions = [
    ['', 'All of mine'] as const,
    ...(companies.data?.items ?? []).map((company) => [company.id, company.name] as const),
  ]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const expiresAt = days === '' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString()
    create.mutate({ name: name.trim(), companyId: companyId || null, role: role || null, expiresAt })
  }
  if (create.data) return <ShownOnce what="Token" value={create.data.token} onClose={onClose} />
  const fault = create.error ? fieldErrorOf(create.error) : null
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        label="Name"
        hint="What the token is for."
        error={fault?.message}
        required
        maxLength={200}
        autoComplete="off"
        value={name}
        onText={setName}
      />
      <SelectField label="Company" value={companyId} options={companyOptions} onChange={setCompanyId} />
      <SelectField label="Role" value={role} options={roleLimits} onChange={setRole} />
      <SelectField label="Expires in" value={days} options={lifetimes} onChange={setDays} />
      <DialogButtons submit="Create token" isPending={create.isPending} onCancel={onClose} />
    </form>
  )
}
