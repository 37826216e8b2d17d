'use client'

import { errorMessage } from '@/app/_trpc/api-error'
import { Button } from './ui/button'

/** Shown instead of data that could not be fetched: the reason, and a button to try again. */
export function QueryError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div role="alert" className="grid justify-items-start gap-3 px-4 py-10 sm:px-6">
      <p className="max-w-[70ch]">{errorMessage(error)}</p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  )
}
