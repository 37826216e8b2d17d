'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { TextField } from '@/app/_account/text-field'
import { ShownOnce } from '@/app/_components/shown-once'
import { Dialog } from '@/app/_components/ui/dialog'
import { DialogButtons } from '@/app/_components/ui/dialog-buttons'
import { Field, inputClass } from '@/app/_components/ui/field'
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
      description="You get a link to send to them. It works once, within a week."
    >
      <InviteForm companyId={companyId} onClose={() => onOpenChange(false)} />
    </Dialog>
  )
}

/** Mounted only while the dialog is open: with it goes the link. */
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
        hint="The one they will sign in with."
        error={invite.error ? fieldErrorOf(invite.error).message : null}
        required
        autoComplete="off"
        value={email}
        onText={setEmail}
      />
      <Field label="Role">
        {(control) => (
          <select
            {...control}
            className={inputClass}
            value={role}
            onChange={(event) => setRole(roles.find((each) => each === event.target.value) ?? 'viewer')}
          >
            {roles.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        )}
      </Field>
      <DialogButtons submit="Make the link" isPending={invite.isPending} onCancel={onClose} />
    </form>
  )
}
