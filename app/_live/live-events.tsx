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

/** The least time between two refetches of a list. */
const everyMs = {
  runs: 300,
  agents: 300,
  wakeups: 300,
  board: 1_000,
  history: 5_000,
  costs: 5_000,
  notifications: 1_000,
} as const satisfies Record<StaleList, number>

/** Merges the company's live events into the query cache while it is mounted. */
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
    // Refetching shows why: it leads to the sign-in page, or reports that the company does not exist for this person.
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
