'use client'

import { useEffect, useState } from 'react'
import { type RunEvent, useTRPCClient } from '@/app/_trpc/client'
import { keepSubscribed } from './keep-subscribed'

/** All events of a run, followed live; null until the first answer. */
export function useRunEvents(runId: string): readonly RunEvent[] | null {
  const client = useTRPCClient()
  const [events, setEvents] = useState<readonly RunEvent[] | null>(null)
  useEffect(() => {
    let seen = 0
    let all: readonly RunEvent[] = []
    const stop = keepSubscribed(({ onStarted, onError }) =>
      client.run.onEvent.subscribe(
        { runId, afterSeq: seen },
        {
          onStarted,
          onError,
          onData({ data }) {
            if (data.seq <= seen) return
            seen = data.seq
            all = [...all, data]
            setEvents(all)
          },
          onComplete: () => setEvents(all),
        },
      ),
    )
    return () => {
      stop()
      setEvents(null)
    }
  }, [client, runId])
  return events
}
