'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { toastSuccess } from '@/app/_components/toast-success'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Agent, type ApiClient, useTRPC, useTRPCClient } from '@/app/_trpc/client'
import { settingsOf } from './configuration/settings-diff'

type Change = Parameters<ApiClient['agent']['update']['mutate']>[0]

/** Updates an agent's settings, confirms with `done.message`, and offers to undo the change. */
export function useUpdateAgent(agent: Agent | undefined, done: { message: string; onDone: () => void }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const change = (given: Change) => client.agent.update.mutate(given)
  const store = (saved: Agent) => {
    queryClient.setQueryData(api.agent.get.queryKey({ agentId: saved.id }), saved)
    void queryClient.invalidateQueries(api.agent.history.pathFilter())
    void queryClient.invalidateQueries(api.agent.list.pathFilter())
  }
  const undo = useMutation({
    mutationFn: change,
    onSuccess(saved) {
      store(saved)
      toast.success(`Change to ${saved.name} undone.`)
    },
    onError: (error) => toast.error(`Not undone. ${errorMessage(error)}`),
  })
  return useMutation({
    mutationFn: change,
    onMutate: () => agent && { agentId: agent.id, ...settingsOf(agent) },
    onSuccess(saved, _given, former) {
      store(saved)
      toastSuccess(done.message, former && (() => undo.mutate(former)))
      done.onDone()
    },
  })
}
