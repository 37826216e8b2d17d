'use client'

import { useState } from 'react'
import { Confirm } from '@/app/_components/confirm'
import { Button } from '@/app/_components/ui/button'
import { errorMessage } from '@/app/_trpc/api-error'
import type { Agent } from '@/app/_trpc/client'
import { useUpdateAgent } from '@/app/[companyId]/agents/[agentId]/use-update-agent'
import { type Revision, settingsOf } from './settings-diff'

/** Restores a former configuration. The present one stays in the history and can be restored in the same way. */
export function RestoreRevision({ agent, revision }: { agent: Agent; revision: Revision }) {
  const [isConfirming, setConfirming] = useState(false)
  const restore = useUpdateAgent(agent, {
    message: `Configuration ${revision.number} is restored. The next run uses it.`,
    onDone: () => setConfirming(false),
  })
  const dropsSession = revision.adapterType !== agent.adapterType
  return (
    <>
      <Button className="h-7 px-2.5" onClick={() => setConfirming(true)}>
        Restore
      </Button>
      <Confirm
        open={isConfirming}
        onOpenChange={setConfirming}
        title={`Restore configuration ${revision.number}?`}
        description={`The next run uses it. Running runs keep their configuration.${dropsSession ? ' The session is reset because the adapter changes.' : ''}`}
        keep="Cancel"
        confirm="Restore"
        isPending={restore.isPending}
        error={restore.error ? errorMessage(restore.error) : null}
        onConfirm={() => restore.mutate({ agentId: agent.id, ...settingsOf(revision) })}
      />
    </>
  )
}
