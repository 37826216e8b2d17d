'use client'

import { useMutation } from '@tanstack/react-query'
import { Button } from '@/app/_components/ui/button'
import { cn } from '@/app/_components/ui/classes'
import { errorMessage } from '@/app/_trpc/api-error'
import { useTRPC } from '@/app/_trpc/client'
import type { JsonObject } from '@/server/domain/json'

type CheckButtonProps = {
  companyId: string
  adapterType: string
  /** The config in the form, or null if it has an error, which the form shows. */
  config: () => JsonObject | null
}

/** Checks whether the agent could run with this config, before it is saved. */
export function CheckButton({ companyId, adapterType, config }: CheckButtonProps) {
  const api = useTRPC()
  const check = useMutation(api.adapter.check.mutationOptions())
  const run = () => {
    const adapterConfig = config()
    if (adapterConfig) check.mutate({ companyId, adapterType, adapterConfig })
  }
  return (
    <div className="grid gap-2">
      <Button onClick={run} disabled={check.isPending} className="justify-self-start">
        Check
      </Button>
      <div aria-live="polite" className="grid gap-1">
        {check.error && <p className="text-failed">{errorMessage(check.error)}</p>}
        {check.data?.checks.map(({ name, level, message }) => (
          <p key={name} className="flex gap-2">
            <span aria-hidden className={cn('w-3 shrink-0 text-center', marks[level].colour)}>
              {marks[level].sign}
            </span>
            <span className="min-w-0 [overflow-wrap:anywhere]">{message}</span>
          </p>
        ))}
      </div>
    </div>
  )
}

const marks = {
  info: { sign: '✓', colour: 'text-succeeded' },
  warn: { sign: '!', colour: 'text-timed-out' },
  error: { sign: '✕', colour: 'text-failed' },
} as const
