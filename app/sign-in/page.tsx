import { Wordmark } from '@/app/_components/wordmark'
import { SignInForm } from './sign-in-form'

type SignInPageProps = { searchParams: Promise<{ token?: string | string[]; error?: string | string[] }> }

const errors = {
  used: 'This link was used before: each one is good once.',
  expired: 'This link has expired: each one is good for 24 hours.',
  unknown: 'This link is not known to this server. Was it cut short when it was copied?',
} as const

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { token, error } = await searchParams
  return (
    <main className="grid min-h-dvh content-start justify-items-center px-5 pt-[max(3rem,16vh)] pb-10">
      <title>Sign in · Reveille</title>
      <div className="grid w-full max-w-[30rem] gap-6">
        <p className="flex items-center gap-2">
          <Wordmark />
        </p>
        {typeof token === 'string' && token !== '' ? (
          <SignInForm token={token} />
        ) : (
          <HowToSignIn error={typeof error === 'string' ? error : null} />
        )}
      </div>
    </main>
  )
}

function HowToSignIn({ error }: { error: string | null }) {
  const sentence = error === null ? null : (errors[error as keyof typeof errors] ?? 'Signing in failed.')
  return (
    <>
      {sentence && (
        <p role="alert" className="border-failed border-l-2 pl-3">
          {sentence}
        </p>
      )}
      <div className="grid gap-3">
        <h1 className="font-semibold text-title">{sentence ? 'Make a new sign-in link' : 'Sign in with a link'}</h1>
        <p className="text-muted">
          At its first start the server prints a link that is good once, within 24 hours. To make another, run this
          where the server runs, in its checkout:
        </p>
        <pre className="select-all overflow-x-auto rounded-md border bg-sunken px-3 py-2 font-mono text-log">
          npx reveille sign-in-link
        </pre>
        <p className="text-muted">Open the link in this browser, and it stays signed in.</p>
      </div>
    </>
  )
}
