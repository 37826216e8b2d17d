'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { TextField } from '@/app/_account/text-field'
import { ShownOnce } from '@/app/_components/shown-once'
import { Dialog } from '@/app/_components/ui/dialog'
import { DialogButtons } from '@/app/_components/ui/dialog-buttons'
import { Field, inputClass } from '@/app/_components/ui/field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import { roles } from '@/server/domain/agent-status'

const lives = { '30': '30 days', '90': '90 days', '365': 'A year', '': 'Until it is revoked' } as const

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

/** Mounted only while the dialog is open: with it goes the token. */
function TokenForm({ onClose }: { onClose: () => void }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const companies = useQuery(api.company.list.queryOptions({ limit: 200 }))
  const [name, setName] = useState('')
  const [companyId, setCompanyId] = useState('')
  const [role, setRole] = useState<(typeof roles)[number] | ''>('')
  const [days, setDays] = useState<keyof typeof lives>('90')
  const create = useMutation(
    api.token.create.mutationOptions({
      gcTime: 0,
      onSuccess: () => void queryClient.invalidateQueries(api.token.list.pathFilter()),
    }),
  )
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
      <Field label="Company">
        {(control) => (
          <select
            {...control}
            className={inputClass}
            value={companyId}
            onChange={(event) => setCompanyId(event.target.value)}
          >
            <option value="">All of mine</option>
            {companies.data?.items.map((company) => (
              <option key={company.id} value={company.id}>
                {company.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Role">
        {(control) => (
          <select
            {...control}
            className={inputClass}
            value={role}
            onChange={(event) => setRole(roles.find((each) => each === event.target.value) ?? '')}
          >
            <option value="">Same as mine</option>
            {roles.map((each) => (
              <option key={each} value={each}>
                At most {each}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Expires in">
        {(control) => (
          <select
            {...control}
            className={inputClass}
            value={days}
            onChange={(event) => setDays(event.target.value as keyof typeof lives)}
          >
            {Object.entries(lives).map(([value, label]) => (
              <option key={label} value={value}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <DialogButtons submit="Create token" isPending={create.isPending} onCancel={onClose} />
    </form>
  )
}
