'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTRPC, useTRPCClient } from '@/app/_trpc/client'
import { applyPatch } from './apply-patch'
import { showOnDesktop } from './desktop-notifications'
import { createFrameBatch } from './frame-batch'
import { keepSubscribed } from './keep-subscribed'
import { createListRefetchers } from './list-refetchers'
import { patchesOf, type StaleList } from './patches'
import { createRefetcher } from './refetcher'

/** How often a list is read again at most while events come in a stream; the first one is read at once. */
const everyMs = {
  runs: 300,
  agents: 300,
  wakeups: 300,
  board: 1_000,
  history: 5_000,
  costs: 5_000,
  notifications: 1_000,
} as const satisfies Record<StaleList, number>

/** Follows the company's live events and merges them into the query cache, as long as it is on the page. */
export function LiveEvents({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()

  useEffect(() => {
    const refetcher = createRefetcher<StaleList>(
      createListRefetchers({ api, client, queryClient }),
      (list) => everyMs[list],
    )
    const batch = createFrameBatch((patches) => {
      for (const patch of patches) applyPatch(patch, { api, queryClient, refetcher })
    })
    // What is shown is asked for again: that leads to the sign-in page, or says that there is no such company for them.
    const onRefused = () => void queryClient.invalidateQueries()
    const stop = keepSubscribed(
      (handlers) =>
        client.live.onEvent.subscribe(
          { companyId, position: true },
          {
            ...handlers,
            onData({ data }) {
              batch.add(patchesOf(data))
              if (data.type === 'notification.created') showOnDesktop(data.payload)
            },
          },
        ),
      onRefused,
    )
    return () => {
      stop()
      batch.stop()
      refetcher.stop()
    }
  }, [api, client, queryClient, companyId])

  return null
}
