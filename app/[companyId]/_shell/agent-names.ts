'use client'

import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { shortId } from '@/app/_components/short-id'
import { useTRPC } from '@/app/_trpc/client'

/** Names of the company's agents by id; the tail of the id where the name is not known. */
export function useAgentNames(companyId: string): (agentId: string) => string {
  const api = useTRPC()
  const { data } = useQuery(api.agent.list.queryOptions({ companyId, limit: 200 }, { staleTime: 60_000 }))
  return useMemo(() => {
    const names = new Map(data?.items.map((agent) => [agent.id, agent.name]))
    return (agentId: string) => names.get(agentId) ?? (data ? shortId(agentId) : '')
  }, [data])
}
