'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { settleAll } from '@/app/_components/settle-all'
import { toastSuccess } from '@/app/_components/toast-success'
import { Button } from '@/app/_components/ui/button'
import type { Selection } from '@/app/_components/use-selection'
import { patchedData } from '@/app/_live/patches'
import { type Agent, useTRPC, useTRPCClient } from '@/app/_trpc/client'

const acts = { wake: 'Wake', pause: 'Pause', resume: 'Resume' } as const
type Act = keyof typeof acts
const done = { wake: 'Woken', pause: 'Paused', resume: 'Resumed' } as const satisfies Record<Act, string>
const opposite = { pause: 'resume', resume: 'pause' } as const

/** Wakes, pauses or resumes the chosen agents; pausing and resuming can be taken back. */
export function ChangeAgents({ selection, rows }: { selection: Selection; rows: readonly Agent[] }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  const { chosen, clear } = selection
  const change = useMutation({
    mutationFn: ({ act, ids }: { act: Act; ids: readonly string[]; isUndo?: boolean }) =>
      settleAll(ids, (agentId) =>
        act === 'wake' ? client.wakeup.create.mutate({ agentId }) : client.agent[act].mutate({ agentId }),
      ),
    onMutate({ act, ids }) {
      if (act === 'wake') return []
      const status = act === 'pause' ? 'paused' : 'idle'
      // Who is so already is not changed, and not changed back.
      const changing = rows.filter(
        (agent) => ids.includes(agent.id) && (agent.status === 'paused') !== (act === 'pause'),
      )
      for (const { id } of changing) {
        queryClient.setQueriesData(api.agent.list.pathFilter(), (data: unknown) => patchedData(data, id, { status }))
      }
      return changing.map((agent) => agent.id)
    },
    onSuccess(result, { act, ids, isUndo }, changed) {
      clear()
      const agents = `${result.done} agent${result.done === 1 ? '' : 's'}`
      if (result.refused > 0) toast.error(`${done[act]}: ${result.done} of ${ids.length}. ${result.why}`)
      else if (act === 'wake' || isUndo) toast.success(`${done[act]} ${agents}.`)
      else {
        const back = opposite[act]
        const note = act === 'pause' ? ' Their runs are cancelled.' : ''
        const undo = changed.length > 0 ? () => change.mutate({ act: back, ids: changed, isUndo: true }) : undefined
        toastSuccess(`${done[act]} ${agents}.${note}`, undo)
      }
    },
    onSettled() {
      void queryClient.invalidateQueries(api.agent.list.pathFilter())
      void queryClient.invalidateQueries(api.run.list.pathFilter())
    },
  })
  return (Object.keys(acts) as Act[]).map((act) => (
    <Button
      key={act}
      variant={act === 'wake' ? 'primary' : 'plain'}
      disabled={change.isPending}
      onClick={() => change.mutate({ act, ids: chosen })}
    >
      {acts[act]}
    </Button>
  ))
}
