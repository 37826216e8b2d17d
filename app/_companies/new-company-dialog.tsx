'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { Dialog } from '@/app/_components/ui/dialog'
import { DialogButtons } from '@/app/_components/ui/dialog-buttons'
import { TextField } from '@/app/_components/ui/text-field'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'

type NewCompanyDialogProps = { open: boolean; onOpenChange: (open: boolean) => void }

export function NewCompanyDialog({ open, onOpenChange }: NewCompanyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New company"
      description="A company owns its agents, their runs and their costs."
    >
      <CompanyForm onCancel={() => onOpenChange(false)} />
    </Dialog>
  )
}

function CompanyForm({ onCancel }: { onCancel: () => void }) {
  const api = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const create = useMutation(
    api.company.create.mutationOptions({
      onSuccess(company) {
        void queryClient.invalidateQueries(api.company.list.pathFilter())
        router.push(`/${company.id}`)
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ name: name.trim() })
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        label="Name"
        error={create.error ? errorMessage(create.error) : null}
        maxLength={200}
        required
        autoComplete="off"
        value={name}
        onText={setName}
      />
      <DialogButtons submit="Create company" isPending={create.isPending || create.isSuccess} onCancel={onCancel} />
    </form>
  )
}
