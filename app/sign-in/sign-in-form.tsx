'use client'

import { useEffect, useRef } from 'react'
import { buttonClass } from '@/app/_components/ui/button'

/** The link is used up by submitting this form, not by opening the page, because link previews open it too. */
export function SignInForm({ token }: { token: string }) {
  const form = useRef<HTMLFormElement>(null)
  const sent = useRef(false)
  useEffect(() => {
    if (sent.current) return
    sent.current = true
    form.current?.requestSubmit()
  }, [])
  return (
    <form ref={form} action="/api/sign-in" method="post" className="grid justify-items-start gap-4">
      <div className="grid gap-1">
        <h1 className="font-semibold text-title">Signing in</h1>
        <p className="text-muted">This takes a moment. If nothing happens, use the button.</p>
      </div>
      <input type="hidden" name="token" value={token} />
      <button type="submit" className={buttonClass('primary')}>
        Sign in
      </button>
    </form>
  )
}
