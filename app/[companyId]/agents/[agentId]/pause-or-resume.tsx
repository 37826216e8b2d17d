'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { toastSuccess } from '@/app/_components/toast-success'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Agent, useTRPC, useTRPCClient } from '@/app/_trpc/client'

type Act = 'pause' | 'resume'

/** Shown at once, and reverted with the reason if the server refuses. Both can be undone. */
export function PauseOrResume({ agent }: { agent: Agent }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const key = api.agent.get.queryKey({ agentId: agent.id })
  const change = useMutation({
    mutationFn: ({ act }: { act: Act; isUndo?: boolean }) => client.agent[act].mutate({ agentId: agent.id }),
    async onMutate({ act }) {
      await queryClient.cancelQueries({ queryKey: key })
      const before = queryClient.getQueryData(key)
      queryClient.setQueryData(
        key,
        (now) => now && { ...now, status: act === 'pause' ? ('paused' as const) : ('idle' as const) },
      )
      return { before }
    },
    onSuccess(changed, { act, isUndo }) {
      queryClient.setQueryData(key, changed)
      if (isUndo) return
      const undo = () => change.mutate({ act: act === 'pause' ? 'resume' : 'pause', isUndo: true })
      const message = act === 'pause' ? 'Paused. Its runs are cancelled.' : 'Resumed.'
      toastSuccess(message, undo)
    },
    onError(error, { act }, context) {
      if (context?.before) queryClient.setQueryData(key, context.before)
      toast.error(`Not ${act}d. ${errorMessage(error)}`)
    },
    onSettled: () => queryClient.invalidateQueries(api.agent.list.pathFilter()),
  })
  const act = agent.status === 'paused' ? 'resume' : 'pause'
  return (
    <Button
      disabled={change.isPending}
      onClick={() => change.mutate({ act })}
      title={act === 'pause' ? 'Also cancels its runs' : undefined}
    >
      {act === 'pause' ? 'Pause' : 'Resume'}
    </Button>
  )
}
