'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { createRunLog, type RunLog, type RunLogState } from '@/app/_live/run-log'
import { useTRPCClient, type WholeRun } from '@/app/_trpc/client'

const nothingYet: RunLogState = {
  lines: [],
  firstOffset: 0,
  nextOffset: 0,
  trimmed: false,
  roomForEarlier: false,
  rowsDropped: 0,
  phase: 'reading',
  isServerUnreachable: false,
  loadingEarlier: false,
}

/** Follows the log for as long as the page is open. A run that ends meanwhile does not begin it anew. */
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
    log?.getState ?? (() => nothingYet),
    () => nothingYet,
  )
  return { state, log }
}
