'use client'

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { errorMessage } from '@/app/_trpc/api-error'
import { Confirm } from './confirm'
import { Button } from './ui/button'

type RevokeProps = {
  /** The name of the credential. */
  name: string
  /** What happens to the programs that use it. */
  consequence: string
  revoke: () => Promise<unknown>
  /** Called after success and failure, to refetch the list. */
  onSettled: () => unknown
}

/** Revokes a credential, after a confirmation. */
export function Revoke({ name, consequence, revoke, onSettled }: RevokeProps) {
  const [isConfirming, setConfirming] = useState(false)
  const run = useMutation({ mutationFn: revoke, onSuccess: () => setConfirming(false), onSettled })
  return (
    <>
      <Button variant="quiet" className="-mr-3" onClick={() => setConfirming(true)}>
        Revoke
      </Button>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title={`Revoke ${name}?`}
        description={`${consequence} This cannot be undone.`}
        keep="Keep it"
        confirm="Revoke"
        isPending={run.isPending}
        error={run.error ? errorMessage(run.error) : null}
        onConfirm={() => run.mutate()}
      />
    </>
  )
}
