'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { Confirm } from '@/app/_components/confirm'
import { settleAll } from '@/app/_components/settle-all'
import { Button } from '@/app/_components/ui/button'
import type { Selection } from '@/app/_components/use-selection'
import { useTRPC, useTRPCClient } from '@/app/_trpc/client'

/** Cancels the chosen runs. */
export function CancelRuns({ selection }: { selection: Selection }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState(false)
  const { chosen, clear } = selection
  const runs = `${chosen.length} run${chosen.length === 1 ? '' : 's'}`
  const cancel = useMutation({
    mutationFn: () => settleAll(chosen, (runId) => client.run.cancel.mutate({ runId })),
    onSuccess({ done, refused, why }) {
      setAsking(false)
      clear()
      if (refused === 0) toast.success(`Cancelling ${done === 1 ? 'the run' : `${done} runs`}.`)
      else toast.error(`${refused} of ${done + refused} could not be cancelled. ${why}`)
    },
    onSettled: () => queryClient.invalidateQueries(api.run.list.pathFilter()),
  })
  return (
    <>
      <Button variant="danger" onClick={() => setAsking(true)}>
        Cancel {runs}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Cancel ${runs}?`}
        description="Queued runs end at once. Running ones are asked to stop, and are killed where they do not."
        keep="Keep them"
        confirm={`Cancel ${runs}`}
        isPending={cancel.isPending}
        onConfirm={() => cancel.mutate()}
      />
    </>
  )
}
