'use client'

import { useEffect, useState } from 'react'
import { type RunEvent, useTRPCClient } from '@/app/_trpc/client'
import { keepSubscribed } from './keep-subscribed'

/** The run's events from the first on, following; null until it is known whether there are any. */
export function useRunEvents(runId: string): readonly RunEvent[] | null {
  const client = useTRPCClient()
  const [events, setEvents] = useState<readonly RunEvent[] | null>(null)
  useEffect(() => {
    let seen = 0
    let held: readonly RunEvent[] = []
    const stop = keepSubscribed(({ onStarted, onError }) =>
      client.run.onEvent.subscribe(
        { runId, afterSeq: seen },
        {
          onStarted,
          onError,
          onData({ data }) {
            if (data.seq <= seen) return
            seen = data.seq
            held = [...held, data]
            setEvents(held)
          },
          onComplete: () => setEvents(held),
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
