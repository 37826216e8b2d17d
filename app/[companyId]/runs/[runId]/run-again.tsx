'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { wakeupMessage } from '@/app/_components/labels'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Outputs, useTRPC, type WholeRun } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'
import { WakeAgain } from './wake-again'

type Answer = Outputs['wakeup']['create']

/** Retries the run, or wakes the agent with a reason and payload that can be edited first. */
export function RunAgain({ companyId, run }: { companyId: string; run: WholeRun }) {
  const api = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const [waking, setWaking] = useState(false)
  const showResult = (answer: Answer) => {
    const path = `/${companyId}/runs/${answer.run?.id}` as const
    toast.success(
      wakeupMessage(answer),
      answer.run ? { action: { label: 'Open run', onClick: () => router.push(path) } } : {},
    )
    void queryClient.invalidateQueries(api.run.list.pathFilter())
    void queryClient.invalidateQueries(api.run.neighbours.pathFilter())
  }
  const retry = useMutation(
    api.run.retry.mutationOptions({ onSuccess: showResult, onError: (error) => toast.error(errorMessage(error)) }),
  )
  return (
    <>
      {isFinal(run.status) && (
        <Button
          disabled={retry.isPending}
          title="A new run with the same context and payload"
          onClick={() => retry.mutate({ runId: run.id })}
        >
          Retry
        </Button>
      )}
      <Button onClick={() => setWaking(true)} title="Wake the agent with the payload of this run, or another one">
        Wake again…
      </Button>
      {waking && <WakeAgain run={run} onClose={() => setWaking(false)} onWoken={showResult} />}
    </>
  )
}
