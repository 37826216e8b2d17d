'use client'

import { type FormEvent, useEffect, useState } from 'react'
import { AuthError, FormAlert } from '@/app/_account/auth-page'
import { passwordHint } from '@/app/_account/password-hint'
import { type PostError, post } from '@/app/_account/post'
import { Skeleton } from '@/app/_components/skeleton'
import { Button } from '@/app/_components/ui/button'
import { TextField } from '@/app/_components/ui/text-field'
import type { Role } from '@/server/domain/agent-status'

type Invitation = {
  companyName: string
  email: string
  role: Role
  /** Null if no account has this e-mail yet. */
  hasPassword: boolean | null
  isSignedIn: boolean
}

/** Opening the page does not use up the link, because link previews open it too. */
export function InvitationForm({ token }: { token: string }) {
  const [invitation, setInvitation] = useState<Invitation | null>(null)
  const [error, setError] = useState<PostError | null>(null)
  useEffect(() => {
    void post<Invitation>('/api/invitation', { token }).then((answer) => {
      if (answer.ok) setInvitation(answer.data)
      else setError(answer)
    })
  }, [token])
  if (error) return <AuthError title="Invitation">{error.message}</AuthError>
  if (!invitation) return <Skeleton className="w-56" />
  return <Acceptance token={token} invitation={invitation} />
}

const roleDescriptions = {
  owner: 'all rights, including people',
  operator: 'all rights except people',
  viewer: 'read-only',
} as const satisfies Record<Role, string>

function Acceptance({ token, invitation }: { token: string; invitation: Invitation }) {
  const { companyName, email, role, hasPassword, isSignedIn } = invitation
  const isNew = hasPassword === null
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [isPending, setPending] = useState(false)
  const [error, setError] = useState<PostError | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setPending(true)
    setError(null)
    const given = isSignedIn ? { token } : isNew ? { token, name, password } : { token, password }
    const answer = await post('/api/invitation/accept', given)
    if (answer.ok) return window.location.assign('/')
    setError(answer)
    setPending(false)
  }
  const fieldErrorOf = (path: string) => (error?.path === path ? error.message : null)
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4">
      <div className="grid gap-1">
        <h1 className="font-semibold text-title [overflow-wrap:anywhere]">Join {companyName}</h1>
        <p className="text-muted">
          As {role === 'viewer' ? 'a' : 'an'} {role}: {roleDescriptions[role]}.
        </p>
      </div>
      {error && !['name', 'password'].includes(error.path) && <FormAlert>{error.message}</FormAlert>}
      <TextField label="E-mail" type="email" autoComplete="username" readOnly value={email} onText={() => {}} />
      {isNew && (
        <TextField
          label="Your name"
          autoComplete="name"
          required
          maxLength={200}
          value={name}
          onText={setName}
          error={fieldErrorOf('name')}
        />
      )}
      {!isSignedIn && (
        <TextField
          label={isNew ? 'Choose a password' : 'Your password'}
          hint={isNew ? passwordHint : 'You already have an account on this server.'}
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          required
          value={password}
          onText={setPassword}
          error={fieldErrorOf('password')}
        />
      )}
      <Button variant="primary" type="submit" disabled={isPending} className="justify-self-start">
        Join
      </Button>
    </form>
  )
}
