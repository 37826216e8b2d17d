'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { createLineWindow, type LineWindow, type LineWindowState } from '@/app/_live/line-window'
import { useTRPCClient } from '@/app/_trpc/client'

const nothingYet: LineWindowState = { totalLines: 0, logBytes: 0, phase: 'reading', isOwnerGone: false }

/** The log by its lines, as long as that is how it is shown. */
export function useLineWindow(runId: string, hasEnded: boolean): { lines: LineWindow | null; state: LineWindowState } {
  const client = useTRPCClient()
  const [endedAtFirst] = useState(hasEnded)
  const [lines, setLines] = useState<LineWindow | null>(null)
  useEffect(() => {
    const created = createLineWindow(client, runId, endedAtFirst)
    setLines(created)
    return () => created.stop()
  }, [client, runId, endedAtFirst])
  const state = useSyncExternalStore(
    lines?.subscribe ?? (() => () => {}),
    lines?.getState ?? (() => nothingYet),
    () => nothingYet,
  )
  return { lines, state }
}
