'use client'

import { type FormEvent, useState } from 'react'
import { passwordHint, TextField } from '@/app/_account/text-field'
import { Button } from '@/app/_components/ui/button'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import type { Outputs } from '@/app/_trpc/client'
import { useUpdateAccount } from './use-update-account'

type Account = Outputs['account']['get']

/** Name and e-mail; who came by a link alone chooses a first password with them. */
export function ProfileForm({ account }: { account: Account }) {
  const [name, setName] = useState(account.name)
  const [email, setEmail] = useState(account.email ?? '')
  const [password, setPassword] = useState('')
  const isFirst = !account.hasPassword
  const update = useUpdateAccount(isFirst ? 'From now on you sign in with your e-mail and password.' : 'Saved.', () =>
    setPassword(''),
  )
  const fault = update.error ? fieldErrorOf(update.error) : null
  const errorOf = (path: string) => (fault?.path === path ? fault.message : null)
  const isOther = account.needsPassword && email.trim().toLowerCase() !== (account.email ?? '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const secret = isFirst ? { newPassword: password } : isOther ? { currentPassword: password } : {}
    update.mutate({ name: name.trim(), email: email.trim(), ...secret })
  }
  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      {isFirst && (
        <p className="text-muted sm:col-span-2">
          You signed in with a one-time link. With an e-mail and a password you can sign in without one.
        </p>
      )}
      {fault && !['name', 'email', 'newPassword', 'currentPassword'].includes(fault.path) && (
        <p role="alert" className="text-failed sm:col-span-2">
          {fault.message}
        </p>
      )}
      <TextField
        label="Name"
        autoComplete="name"
        required
        maxLength={200}
        value={name}
        onText={setName}
        error={errorOf('name')}
      />
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        required
        value={email}
        onText={setEmail}
        error={errorOf('email')}
      />
      {isFirst && (
        <TextField
          label="Choose a password"
          hint={passwordHint}
          type="password"
          autoComplete="new-password"
          required
          value={password}
          onText={setPassword}
          error={errorOf('newPassword')}
        />
      )}
      {!isFirst && isOther && (
        <TextField
          label="Password"
          hint="Another e-mail needs your password."
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onText={setPassword}
          error={errorOf('currentPassword')}
        />
      )}
      <Button variant="primary" type="submit" disabled={update.isPending} className="justify-self-start sm:col-span-2">
        {isFirst ? 'Save e-mail and password' : 'Save changes'}
      </Button>
    </form>
  )
}
