import type { ReactNode } from 'react'
import { Wordmark } from '@/app/_components/wordmark'

/** The frame of pages for people who are not signed in. */
export function AuthPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh content-start justify-items-center px-5 pt-[max(3rem,16vh)] pb-10">
      <title>{`${title} · Reveille`}</title>
      <div className="grid w-full max-w-[26rem] gap-6">
        <p className="flex items-center gap-2">
          <Wordmark />
        </p>
        {children}
      </div>
    </main>
  )
}

/** Shown when a link does not work, with the reason. */
export function AuthError({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <h1 className="font-semibold text-title">{title}</h1>
      <FormAlert>{children}</FormAlert>
    </>
  )
}

export function FormAlert({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="border-failed border-l-2 pl-3">
      {children}
    </p>
  )
}
