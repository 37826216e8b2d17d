'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTRPC, useTRPCClient } from '@/app/_trpc/client'
import { applyPatch } from './apply-patch'
import { follow } from './follow'
import { patchesOf, type StaleList } from './patches'
import { createRefetcher } from './refetcher'

/** Follows the company's live events and merges them into the query cache, as long as it is on the page. */
export function LiveEvents({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()

  useEffect(() => {
    const lists = { runs: api.run.list, agents: api.agent.list, wakeups: api.wakeup.list }
    const refetcher = createRefetcher<StaleList>((list) => {
      void queryClient.invalidateQueries(lists[list].pathFilter())
    })
    const stop = follow((handlers) =>
      client.live.onEvent.subscribe(
        { companyId },
        {
          ...handlers,
          onData({ data }) {
            for (const patch of patchesOf(data)) applyPatch(patch, { api, queryClient, refetcher })
          },
        },
      ),
    )
    return () => {
      stop()
      refetcher.stop()
    }
  }, [api, client, queryClient, companyId])

  return null
}
