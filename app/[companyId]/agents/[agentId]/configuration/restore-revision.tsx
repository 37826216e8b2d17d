'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { type Agent, useTRPC } from '@/app/_trpc/client'
import { sentenceOf } from '@/app/_trpc/failure'
import { type Revision, settingsOf } from './settings-diff'

/** Makes the agent what it was; what it was in between stays in its history, and can be brought back the same way. */
export function RestoreRevision({ agent, revision }: { agent: Agent; revision: Revision }) {
  const api = useTRPC()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState(false)
  const restore = useMutation(
    api.agent.update.mutationOptions({
      onSuccess(saved) {
        queryClient.setQueryData(api.agent.get.queryKey({ agentId: agent.id }), saved)
        void queryClient.invalidateQueries(api.agent.history.pathFilter())
        void queryClient.invalidateQueries(api.agent.list.pathFilter())
        setAsking(false)
        toast.success(`Configuration ${revision.number} is back. The next run goes by it.`)
      },
    }),
  )
  const dropsSession = revision.adapterType !== agent.adapterType
  return (
    <>
      <Button className="h-7 px-2.5" onClick={() => setAsking(true)}>
        Restore
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={`Restore configuration ${revision.number}?`}
        description={`The next run goes by it; a run under way keeps what it was given.${dropsSession ? ' The adapter changes, so the session is dropped.' : ''}`}
        keep="Leave it"
        confirm="Restore"
        isPending={restore.isPending}
        error={restore.error ? sentenceOf(restore.error) : null}
        onConfirm={() => restore.mutate({ agentId: agent.id, ...settingsOf(revision) })}
      />
    </>
  )
}
