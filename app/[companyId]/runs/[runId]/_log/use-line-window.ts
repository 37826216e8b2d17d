'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { createLineWindow, type LineWindow, type LineWindowState } from '@/app/_live/line-window'
import { useTRPCClient } from '@/app/_trpc/client'
import type { LogStream } from '@/server/domain/run-status'

const nothingYet: LineWindowState = { rows: 0, lines: 0, logBytes: 0, phase: 'reading', isServerUnreachable: false }

/** The log by its lines, all or those of one stream, as long as that is how it is shown. */
export function useLineWindow(
  runId: string,
  hasEnded: boolean,
  stream: LogStream | null,
): { lines: LineWindow | null; state: LineWindowState } {
  const client = useTRPCClient()
  const [endedAtFirst] = useState(hasEnded)
  const [lines, setLines] = useState<LineWindow | null>(null)
  useEffect(() => {
    const created = createLineWindow(client, runId, endedAtFirst, stream)
    setLines(created)
    return () => created.stop()
  }, [client, runId, endedAtFirst, stream])
  const state = useSyncExternalStore(
    lines?.subscribe ?? (() => () => {}),
    lines?.getState ?? (() => nothingYet),
    () => nothingYet,
  )
  return { lines, state }
}
