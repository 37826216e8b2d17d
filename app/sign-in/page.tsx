import { AuthPage, FormAlert } from '@/app/_account/auth-page'
import { PasswordForm } from './password-form'
import { SignInForm } from './sign-in-form'

type Param = string | string[] | undefined
type SignInPageProps = { searchParams: Promise<{ token?: Param; error?: Param; next?: Param }> }

const errors = {
  used: 'This link was used before. Each link works once.',
  expired: 'This link has expired. Each link is valid for 24 hours.',
  unknown: 'This link is not valid on this server. It may be incomplete.',
} as const

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { token, error, next } = await searchParams
  if (typeof token === 'string' && token !== '') {
    return (
      <AuthPage title="Sign in">
        <SignInForm token={token} />
      </AuthPage>
    )
  }
  const message = typeof error === 'string' ? messageFor(error) : null
  return (
    <AuthPage title="Sign in">
      {message && <FormAlert>{message}</FormAlert>}
      <PasswordForm next={localPath(next)} />
      <div className="grid gap-2 border-t pt-5 text-muted">
        <p>
          No password yet, or forgotten? An administrator of the server can create a link that works once, within 24
          hours: for the owner, or with <code className="font-mono text-log">--email</code> for another person.
        </p>
        <pre className="select-all overflow-x-auto rounded-md border bg-sunken px-3 py-2 font-mono text-ink text-log">
          npx reveille sign-in-link
        </pre>
        <p>No account yet? Ask an owner of your company for an invitation.</p>
      </div>
    </AuthPage>
  )
}

/** The page to return to, if it is on this server. */
function localPath(next: Param): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/api/') ? next : '/'
}

function messageFor(error: string): string {
  return Object.hasOwn(errors, error) ? errors[error as keyof typeof errors] : 'Signing in failed.'
}
