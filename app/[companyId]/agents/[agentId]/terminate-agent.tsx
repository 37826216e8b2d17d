'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/app/_components/ui/button'
import { Dialog } from '@/app/_components/ui/dialog'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Agent, useTRPC } from '@/app/_trpc/client'

export function TerminateAgent({ agent }: { agent: Agent }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [isConfirming, setConfirming] = useState(false)
  const terminate = useMutation(
    api.agent.terminate.mutationOptions({
      onSuccess(changed) {
        queryClient.setQueryData(api.agent.get.queryKey({ agentId: agent.id }), changed)
        void queryClient.invalidateQueries(api.agent.list.pathFilter())
        setConfirming(false)
      },
      onError: (error) => toast.error(errorMessage(error)),
    }),
  )
  return (
    <>
      <Button variant="danger" className="justify-self-start" onClick={() => setConfirming(true)}>
        Terminate agent
      </Button>
      <Dialog
        open={isConfirming}
        onOpenChange={setConfirming}
        title={`Terminate ${agent.name}?`}
        description="Its queued and running runs are cancelled, and it can never be woken again. Its runs and logs are kept."
      >
        <div className="flex justify-end gap-2">
          <Button onClick={() => setConfirming(false)}>Keep it</Button>
          <Button
            variant="primary"
            className="bg-failed text-canvas hover:bg-failed"
            disabled={terminate.isPending}
            onClick={() => terminate.mutate({ agentId: agent.id })}
          >
            Terminate
          </Button>
        </div>
      </Dialog>
    </>
  )
}
