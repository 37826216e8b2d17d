'use client'

import { type FormEvent, useState } from 'react'
import { FormAlert } from '@/app/_account/auth-page'
import { type PostError, post } from '@/app/_account/post'
import { Button } from '@/app/_components/ui/button'
import { TextField } from '@/app/_components/ui/text-field'

export function PasswordForm({ next }: { next: string }) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<PostError | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setPending(true)
    setError(null)
    const answer = await post('/api/sign-in', { email, password })
    if (answer.ok) return window.location.assign(next)
    setPassword('')
    setError(answer)
    setPending(false)
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <h1 className="font-semibold text-title">Sign in</h1>
      {error && error.path === '' && <FormAlert>{error.message}</FormAlert>}
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        required
        value={email}
        onText={setEmail}
        error={error?.path === 'email' ? error.message : null}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onText={setPassword}
        error={error?.path === 'password' ? error.message : null}
      />
      <Button variant="primary" type="submit" disabled={isPending} className="justify-self-start">
        {isPending ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  )
}
