'use client'

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { errorMessage } from '@/app/_trpc/api-error'
import { Confirm } from './confirm'
import { Button } from './ui/button'

type RevokeProps = {
  /** What the credential is called. */
  name: string
  /** What becomes of who uses it. */
  consequence: string
  revoke: () => Promise<unknown>
  /** Whether it went well or not: what is shown is read again. */
  onSettled: () => unknown
}

/** Asks, as it can not be taken back. */
export function Revoke({ name, consequence, revoke, onSettled }: RevokeProps) {
  const [asking, setAsking] = useState(false)
  const run = useMutation({ mutationFn: revoke, onSuccess: () => setAsking(false), onSettled })
  return (
    <>
      <Button variant="quiet" className="-mr-3" onClick={() => setAsking(true)}>
        Revoke
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Revoke ${name}?`}
        description={`${consequence} It can not be taken back.`}
        keep="Keep it"
        confirm="Revoke"
        isPending={run.isPending}
        error={run.error ? errorMessage(run.error) : null}
        onConfirm={() => run.mutate()}
      />
    </>
  )
}
