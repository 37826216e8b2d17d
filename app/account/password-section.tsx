'use client'

import { type FormEvent, useState } from 'react'
import { passwordHint } from '@/app/_account/password-hint'
import { Button } from '@/app/_components/ui/button'
import { TextField } from '@/app/_components/ui/text-field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import { FormError } from './form-error'
import { useUpdateAccount } from './use-update-account'

/** A person who signed in by a link, having forgotten the current password, chooses a new one without it. */
export function PasswordSection({ needsCurrent }: { needsCurrent: boolean }) {
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNew] = useState('')
  const update = useUpdateAccount('Your password is changed. Every other browser is signed out.', () => {
    setCurrent('')
    setNew('')
  })
  const error = update.error ? fieldErrorOf(update.error) : null
  const errorOf = (path: string) => (error?.path === path ? error.message : null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    update.mutate({ ...(needsCurrent ? { currentPassword } : {}), newPassword })
  }
  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      <FormError error={error} fields={['currentPassword', 'newPassword']} />
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
