'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { initialLineWindow, LineWindow, type LineWindowState } from '@/app/_live/line-window'
import { useTRPCClient } from '@/app/_trpc/client'
import type { LogStream } from '@/server/domain/run-status'

/** A window on the lines of the log, or on those of one stream, while it is shown. */
export function useLineWindow(
  runId: string,
  hasEnded: boolean,
  stream: LogStream | null,
): { lines: LineWindow | null; state: LineWindowState } {
  const client = useTRPCClient()
  const [endedAtFirst] = useState(hasEnded)
  const [lines, setLines] = useState<LineWindow | null>(null)
  useEffect(() => {
    const created = new LineWindow(client, runId, endedAtFirst, stream)
    setLines(created)
    return () => created.stop()
  }, [client, runId, endedAtFirst, stream])
  const state = useSyncExternalStore(
    lines?.subscribe ?? (() => () => {}),
    lines?.getState ?? (() => initialLineWindow),
    () => initialLineWindow,
  )
  return { lines, state }
}
