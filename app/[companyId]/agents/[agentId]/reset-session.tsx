'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { Confirm } from '@/app/_components/confirm'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Agent, useTRPC } from '@/app/_trpc/client'

/** Drops the agent's session, so that the next run starts a new one. */
export function ResetSession({ agent }: { agent: Agent }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [isConfirming, setConfirming] = useState(false)
  const reset = useMutation(
    api.agent.resetSession.mutationOptions({
      onSuccess(state) {
        queryClient.setQueryData(api.agent.runtimeState.queryKey({ agentId: agent.id }), state)
        setConfirming(false)
        toast.success('Session reset. The next run starts a new one.')
      },
    }),
  )
  return (
    <>
      <button type="button" onClick={() => setConfirming(true)} className="rounded text-accent hover:underline">
        Reset session
      </button>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title="Reset the session?"
        description="The next run starts a new session, without the agent's earlier conversation. A running run continues, but its session is not kept."
        keep="Keep it"
        confirm="Reset session"
        isPending={reset.isPending}
        error={reset.error ? errorMessage(reset.error) : null}
        onConfirm={() => reset.mutate({ agentId: agent.id })}
      />
    </>
  )
}
