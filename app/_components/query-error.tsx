'use client'

import { errorMessage } from '@/app/_trpc/api-error'
import { Button } from './ui/button'

/** A page that could not be read: why, and another try. */
export function QueryError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div role="alert" className="grid justify-items-start gap-3 px-4 py-10 sm:px-6">
      <p className="max-w-[70ch]">{errorMessage(error)}</p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  )
}
