'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ShownOnce } from '@/app/_components/shown-once'
import { Dialog } from '@/app/_components/ui/dialog'
import { DialogButtons } from '@/app/_components/ui/dialog-buttons'
import { Field, inputClass } from '@/app/_components/ui/field'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Agent, useTRPC } from '@/app/_trpc/client'

type NewKeyDialogProps = { agent: Agent; open: boolean; onOpenChange: (open: boolean) => void }

export function NewKeyDialog({ agent, open, onOpenChange }: NewKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New key"
      description={`Whoever has it acts as ${agent.name}: wakes agents of the company and reports its costs.`}
    >
      <KeyForm agentId={agent.id} onClose={() => onOpenChange(false)} />
    </Dialog>
  )
}

/** Mounted only while the dialog is open: with it goes the token. */
function KeyForm({ agentId, onClose }: { agentId: string; onClose: () => void }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const create = useMutation(
    api.agent.createKey.mutationOptions({
      gcTime: 0,
      onSuccess: () => void queryClient.invalidateQueries(api.agent.keys.queryFilter({ agentId })),
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ agentId, name: name.trim() })
  }
  if (create.data) return <ShownOnce what="Key" value={create.data.token} onClose={onClose} />
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field label="Name" hint="What it is for." error={create.error ? errorMessage(create.error) : null}>
        {(control) => (
          <input
            {...control}
            className={inputClass}
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={200}
            required
            autoComplete="off"
          />
        )}
      </Field>
      <DialogButtons submit="Create key" isPending={create.isPending} onCancel={onClose} />
    </form>
  )
}
