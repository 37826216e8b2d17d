'use client'

import { useState } from 'react'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import type { Agent } from '@/app/_trpc/client'
import { useUpdateAgent } from '@/app/[companyId]/agents/[agentId]/use-update-agent'
import { type Revision, settingsOf } from './settings-diff'

/** Makes the agent what it was; what it was in between stays in its history, and can be brought back the same way. */
export function RestoreRevision({ agent, revision }: { agent: Agent; revision: Revision }) {
  const [asking, setAsking] = useState(false)
  const restore = useUpdateAgent(agent, {
    sentence: `Configuration ${revision.number} is back. The next run uses it.`,
    onDone: () => setAsking(false),
  })
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
        description={`The next run uses it; a run under way keeps its own.${dropsSession ? ' The adapter changes, so the session is dropped.' : ''}`}
        keep="Leave it"
        confirm="Restore"
        isPending={restore.isPending}
        error={restore.error ? errorMessage(restore.error) : null}
        onConfirm={() => restore.mutate({ agentId: agent.id, ...settingsOf(revision) })}
      />
    </>
  )
}
