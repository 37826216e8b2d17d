'use client'

import { type FormEvent, useState } from 'react'
import { passwordHint } from '@/app/_account/password-hint'
import { Button } from '@/app/_components/ui/button'
import { TextField } from '@/app/_components/ui/text-field'
import { fieldErrorOf } from '@/app/_trpc/api-error'
import type { Outputs } from '@/app/_trpc/client'
import { FormError } from './form-error'
import { useUpdateAccount } from './use-update-account'

type Account = Outputs['account']['get']

/** Name and e-mail. A person who has signed in by a one-time link only also chooses a first password. */
export function ProfileForm({ account }: { account: Account }) {
  const [name, setName] = useState(account.name)
  const [email, setEmail] = useState(account.email ?? '')
  const [password, setPassword] = useState('')
  const isFirst = !account.hasPassword
  const update = useUpdateAccount(isFirst ? 'From now on you sign in with your e-mail and password.' : 'Saved.', () =>
    setPassword(''),
  )
  const error = update.error ? fieldErrorOf(update.error) : null
  const errorOf = (path: string) => (error?.path === path ? error.message : null)
  const isNewEmail = account.needsPassword && email.trim().toLowerCase() !== (account.email ?? '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const secret = isFirst ? { newPassword: password } : isNewEmail ? { currentPassword: password } : {}
    update.mutate({ name: name.trim(), email: email.trim(), ...secret })
  }
  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      {isFirst && (
        <p className="text-muted sm:col-span-2">
          You signed in with a one-time link. With an e-mail and a password you can sign in without one.
        </p>
      )}
      <FormError error={error} fields={['name', 'email', 'newPassword', 'currentPassword']} />
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
      {(isFirst || isNewEmail) && (
        <TextField
          {...(isFirst ? firstPassword : currentPassword)}
          type="password"
          required
          value={password}
          onText={setPassword}
          error={errorOf(isFirst ? 'newPassword' : 'currentPassword')}
        />
      )}
      <Button variant="primary" type="submit" disabled={update.isPending} className="justify-self-start sm:col-span-2">
        {isFirst ? 'Save e-mail and password' : 'Save changes'}
      </Button>
    </form>
  )
}

const firstPassword = { label: 'Choose a password', hint: passwordHint, autoComplete: 'new-password' }
const currentPassword = {
  label: 'Password',
  hint: 'A new e-mail needs your password.',
  autoComplete: 'current-password',
}
