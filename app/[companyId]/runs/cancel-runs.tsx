'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { Confirm } from '@/app/_components/confirm'
import { settleAll } from '@/app/_components/settle-all'
import { Button } from '@/app/_components/ui/button'
import type { Selection } from '@/app/_components/use-selection'
import { useTRPC, useTRPCClient } from '@/app/_trpc/client'

/** Cancels the selected runs. */
export function CancelRuns({ selection }: { selection: Selection }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const [isConfirming, setConfirming] = useState(false)
  const { selected, clear } = selection
  const runs = `${selected.length} run${selected.length === 1 ? '' : 's'}`
  const cancel = useMutation({
    mutationFn: () => settleAll(selected, (runId) => client.run.cancel.mutate({ runId })),
    onSuccess({ succeeded, failed, reasons }) {
      setConfirming(false)
      clear()
      if (failed === 0) toast.success(`Cancelling ${succeeded === 1 ? 'the run' : `${succeeded} runs`}.`)
      else toast.error(`${failed} of ${succeeded + failed} could not be cancelled. ${reasons}`)
    },
    onSettled: () => queryClient.invalidateQueries(api.run.list.pathFilter()),
  })
  return (
    <>
      <Button variant="danger" onClick={() => setConfirming(true)}>
        Cancel {runs}
      </Button>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title={`Cancel ${runs}?`}
        description="Queued runs end at once. Running ones are asked to stop, and are killed if they do not."
        keep="Keep them"
        confirm={`Cancel ${runs}`}
        isPending={cancel.isPending}
        onConfirm={() => cancel.mutate()}
      />
    </>
  )
}
