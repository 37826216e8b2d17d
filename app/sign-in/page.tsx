import { AuthPage, FormAlert } from '@/app/_account/auth-page'
import { PasswordForm } from './password-form'
import { SignInForm } from './sign-in-form'

type Given = string | string[] | undefined
type SignInPageProps = { searchParams: Promise<{ token?: Given; error?: Given; next?: Given }> }

const errors = {
  used: 'This link was used before: each one works once.',
  expired: 'This link has expired: each one is valid for 24 hours.',
  unknown: 'This server does not know this link. Was it cut short when it was copied?',
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
  const sentence = typeof error === 'string' ? sentenceOf(error) : null
  return (
    <AuthPage title="Sign in">
      {sentence && <FormAlert>{sentence}</FormAlert>}
      <PasswordForm next={localPath(next)} />
      <div className="grid gap-2 border-t pt-5 text-muted">
        <p>
          No password yet, or forgotten? Whoever runs the server can make a link that works once, within 24 hours: for
          its owner, or with <code className="font-mono text-log">--email</code> for anyone else.
        </p>
        <pre className="select-all overflow-x-auto rounded-md border bg-sunken px-3 py-2 font-mono text-ink text-log">
          npx reveille sign-in-link
        </pre>
        <p>No account yet? Ask an owner of your company for an invitation.</p>
      </div>
    </AuthPage>
  )
}

/** Back to where one came from, on this server and nowhere else. */
function localPath(next: Given): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) && !next.startsWith('/api/') ? next : '/'
}

function sentenceOf(error: string): string {
  return Object.hasOwn(errors, error) ? errors[error as keyof typeof errors] : 'Signing in failed.'
}
