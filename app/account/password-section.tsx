'use client'

import { type FormEvent, useState } from 'react'
import { passwordHint, TextField } from '@/app/_account/text-field'
import { Button } from '@/app/_components/ui/button'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import { useUpdateAccount } from './use-update-account'

/** Who came by a link, as the current one is forgotten, chooses a new one without it. */
export function PasswordSection({ needsCurrent }: { needsCurrent: boolean }) {
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNew] = useState('')
  const update = useUpdateAccount('Your password is changed. Every other browser is signed out.', () => {
    setCurrent('')
    setNew('')
  })
  const fault = update.error ? fieldErrorOf(update.error) : null
  const errorOf = (path: string) => (fault?.path === path ? fault.message : null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    update.mutate({ ...(needsCurrent ? { currentPassword } : {}), newPassword })
  }
  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      {fault && !['currentPassword', 'newPassword'].includes(fault.path) && (
        <p role="alert" className="text-failed sm:col-span-2">
          {fault.message}
        </p>
      )}
      {needsCurrent && (
        <TextField
          label="Current password"
          type="password"
          autoComplete="current-password"
          required
          value={currentPassword}
          onText={setCurrent}
          error={errorOf('currentPassword')}
        />
      )}
      <TextField
        label="New password"
        hint={passwordHint}
        type="password"
        autoComplete="new-password"
        required
        value={newPassword}
        onText={setNew}
        error={errorOf('newPassword')}
      />
      <Button type="submit" disabled={update.isPending} className="justify-self-start sm:col-span-2">
        Change password
      </Button>
    </form>
  )
}
