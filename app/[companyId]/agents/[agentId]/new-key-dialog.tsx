'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ShownOnce } from '@/app/_components/shown-once'
import { Dialog } from '@/app/_components/ui/dialog'
import { DialogButtons } from '@/app/_components/ui/dialog-buttons'
import { TextField } from '@/app/_components/ui/text-field'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Agent, useTRPC } from '@/app/_trpc/client'

type NewKeyDialogProps = { agent: Agent; open: boolean; onOpenChange: (open: boolean) => void }

export function NewKeyDialog({ agent, open, onOpenChange }: NewKeyDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New key"
      description={`A program with this key acts as ${agent.name}: it can wake agents of the company and report costs.`}
    >
      <KeyForm agentId={agent.id} onClose={() => onOpenChange(false)} />
    </Dialog>
  )
}

/** Mounted only while the dialog is open, so that the token is forgotten when it closes. */
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
      <TextField
        label="Name"
        hint="What the key is for."
        error={create.error ? errorMessage(create.error) : null}
        maxLength={200}
        required
        autoComplete="off"
        value={name}
        onText={setName}
      />
      <DialogButtons submit="Create key" isPending={create.isPending} onCancel={onClose} />
    </form>
  )
}
