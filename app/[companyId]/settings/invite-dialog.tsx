'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ShownOnce } from '@/app/_components/shown-once'
import { Dialog } from '@/app/_components/ui/dialog'
import { DialogButtons } from '@/app/_components/ui/dialog-buttons'
import { SelectField } from '@/app/_components/ui/select-field'
import { TextField } from '@/app/_components/ui/text-field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import { type Role, roles } from '@/server/domain/agent-status'

type InviteDialogProps = { companyId: string; open: boolean; onOpenChange: (open: boolean) => void }

export function InviteDialog({ companyId, open, onOpenChange }: InviteDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Invite"
      description="Creates a link to send to the person. It works once, within a week."
    >
      <InviteForm companyId={companyId} onClose={() => onOpenChange(false)} />
    </Dialog>
  )
}

/** Mounted only while the dialog is open, so that the link is forgotten when it closes. */
function InviteForm({ companyId, onClose }: { companyId: string; onClose: () => void }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('operator')
  const invite = useMutation(
    api.member.invite.mutationOptions({
      gcTime: 0,
      onSuccess: () => void queryClient.invalidateQueries(api.member.list.pathFilter()),
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate({ companyId, email, role })
  }
  if (invite.data) return <ShownOnce what="Link" value={invite.data.link} onClose={onClose} />
  return (
    <form onSubmit={submit} className="grid gap-4">
      <TextField
        label="E-mail"
        type="email"
        hint="The person signs in with this e-mail."
        error={invite.error ? fieldErrorOf(invite.error).message : null}
        required
        autoComplete="off"
        value={email}
        onText={setEmail}
      />
      <SelectField label="Role" value={role} options={roles.map((each) => [each, each] as const)} onChange={setRole} />
      <DialogButtons submit="Create link" isPending={invite.isPending} onCancel={onClose} />
    </form>
  )
}
