'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { createRunLog, initialRunLog, type RunLog, type RunLogState } from '@/app/_live/run-log'
import { useTRPCClient, type WholeRun } from '@/app/_trpc/client'

/** Follows the log while the page is open, also beyond the end of the run. */
export function useRunLog(run: WholeRun): { state: RunLogState; log: RunLog | null } {
  const client = useTRPCClient()
  const [firstLogBytes] = useState(run.logBytes)
  const [log, setLog] = useState<RunLog | null>(null)
  useEffect(() => {
    const created = createRunLog(client, run.id, firstLogBytes)
    setLog(created)
    return () => created.stop()
  }, [client, run.id, firstLogBytes])
  const state = useSyncExternalStore(
    log?.subscribe ?? (() => () => {}),
    log?.getState ?? (() => initialRunLog),
    () => initialRunLog,
  )
  return { state, log }
}
