'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { Button } from '@/app/_components/ui/button'
import { type Agent, useTRPC } from '@/app/_trpc/client'
import { sentenceOf } from '@/app/_trpc/failure'

export function PauseOrResume({ agent }: { agent: Agent }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const handlers = {
    onSuccess: (changed: Agent) => queryClient.setQueryData(api.agent.get.queryKey({ agentId: agent.id }), changed),
    onError: (error: unknown) => void toast.error(sentenceOf(error)),
    onSettled: () => queryClient.invalidateQueries(api.agent.list.pathFilter()),
  }
  const pause = useMutation(api.agent.pause.mutationOptions(handlers))
  const resume = useMutation(api.agent.resume.mutationOptions(handlers))
  const input = { agentId: agent.id }
  return agent.status === 'paused' ? (
    <Button disabled={resume.isPending} onClick={() => resume.mutate(input)}>
      Resume
    </Button>
  ) : (
    <Button disabled={pause.isPending} onClick={() => pause.mutate(input)} title="Also cancels its runs">
      Pause
    </Button>
  )
}
