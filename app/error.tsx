'use client'

import { Button } from './_components/ui/button'

export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <main role="alert" className="grid min-h-dvh content-start justify-items-start gap-4 px-6 pt-[16vh]">
      <title>Error · Reveille</title>
      <h1 className="font-semibold text-title">This page failed</h1>
      <p className="max-w-[70ch] text-muted">
        Runs and wakeups are not affected: the error is in this browser only. {error.message}
      </p>
      <Button variant="primary" onClick={reset}>
        Reload
      </Button>
    </main>
  )
}
