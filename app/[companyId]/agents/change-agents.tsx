'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { settleAll } from '@/app/_components/settle-all'
import { toastSuccess } from '@/app/_components/toast-success'
import { Button } from '@/app/_components/ui/button'
import type { Selection } from '@/app/_components/use-selection'
import { patchedData } from '@/app/_live/patches'
import { type Agent, useTRPC, useTRPCClient } from '@/app/_trpc/client'

const actionLabels = { wake: 'Wake', pause: 'Pause', resume: 'Resume' } as const
type Action = keyof typeof actionLabels
const doneLabels = { wake: 'Woken', pause: 'Paused', resume: 'Resumed' } as const satisfies Record<Action, string>
const opposite = { pause: 'resume', resume: 'pause' } as const

/** Wakes, pauses or resumes the selected agents. Pausing and resuming can be undone. */
export function ChangeAgents({ selection, rows }: { selection: Selection; rows: readonly Agent[] }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const { selected, clear } = selection
  const change = useMutation({
    mutationFn: ({ action, ids }: { action: Action; ids: readonly string[]; isUndo?: boolean }) =>
      settleAll(ids, (agentId) =>
        action === 'wake' ? client.wakeup.create.mutate({ agentId }) : client.agent[action].mutate({ agentId }),
      ),
    onMutate({ action, ids }) {
      if (action === 'wake') return []
      const status = action === 'pause' ? 'paused' : 'idle'
      // Agents that have this status already are neither changed nor changed back.
      const changing = rows.filter(
        (agent) => ids.includes(agent.id) && (agent.status === 'paused') !== (action === 'pause'),
      )
      for (const { id } of changing) {
        queryClient.setQueriesData(api.agent.list.pathFilter(), (data: unknown) => patchedData(data, id, { status }))
      }
      return changing.map((agent) => agent.id)
    },
    onSuccess(result, { action, ids, isUndo }, changed) {
      clear()
      const agents = `${result.succeeded} agent${result.succeeded === 1 ? '' : 's'}`
      if (result.failed > 0)
        toast.error(`${doneLabels[action]}: ${result.succeeded} of ${ids.length}. ${result.reasons}`)
      else if (action === 'wake' || isUndo) toast.success(`${doneLabels[action]} ${agents}.`)
      else {
        const back = opposite[action]
        const note = action === 'pause' ? ' Their runs are cancelled.' : ''
        const undo = changed.length > 0 ? () => change.mutate({ action: back, ids: changed, isUndo: true }) : undefined
        toastSuccess(`${doneLabels[action]} ${agents}.${note}`, undo)
      }
    },
    onSettled() {
      void queryClient.invalidateQueries(api.agent.list.pathFilter())
      void queryClient.invalidateQueries(api.run.list.pathFilter())
    },
  })
  return (Object.keys(actionLabels) as Action[]).map((action) => (
    <Button
      key={action}
      variant={action === 'wake' ? 'primary' : 'plain'}
      disabled={change.isPending}
      onClick={() => change.mutate({ action, ids: selected })}
    >
      {actionLabels[action]}
    </Button>
  ))
}
