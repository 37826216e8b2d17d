'use client'

import { sentenceOf } from '@/app/_trpc/failure'
import { Button } from './ui/button'

/** A page that could not be read: why, and another try. */
export function Problem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div role="alert" className="grid justify-items-start gap-3 px-4 py-10 sm:px-6">
      <p className="max-w-[70ch]">{sentenceOf(error)}</p>
      <Button onClick={onRetry}>Try again</Button>
    </div>
  )
}
