'use client'

import { useEffect, useState } from 'react'
import { useTRPCClient } from '@/app/_trpc/client'
import type { SearchHit } from '@/server/logs/log-store'
import type { StreamChoice } from './log-settings'

export type LogSearch = {
  hits: readonly SearchHit[]
  /** The part of the log that has been searched, from 0 to 1. */
  share: number
  isDone: boolean
  /** Whether there are more hits than `hits` has. */
  hasMore: boolean
}

const mostHits = 2_000
const pauseMs = 200

/** Hits in the whole log, as the server finds them; null for an empty text. */
export function useLogSearch(runId: string, text: string, stream: StreamChoice): LogSearch | null {
  const client = useTRPCClient()
  const [search, setSearch] = useState<LogSearch | null>(null)
  useEffect(() => {
    if (text === '') {
      setSearch(null)
      return
    }
    let hits: readonly SearchHit[] = []
    let subscription: { unsubscribe(): void } | undefined
    const timer = setTimeout(() => {
      setSearch({ hits, share: 0, isDone: false, hasMore: false })
      const of = stream === 'both' ? {} : { stream }
      subscription = client.run.searchLog.subscribe(
        { runId, text, limit: mostHits, ...of },
        {
          onData({ data: page }) {
            hits = [...hits, ...page.hits]
            const share = page.logBytes === 0 ? 1 : page.nextOffset / page.logBytes
            setSearch({ hits, share, isDone: page.done, hasMore: page.more })
          },
          onError: () => setSearch({ hits, share: 0, isDone: true, hasMore: true }),
        },
      )
    }, pauseMs)
    return () => {
      clearTimeout(timer)
      subscription?.unsubscribe()
    }
  }, [client, runId, text, stream])
  return search
}
