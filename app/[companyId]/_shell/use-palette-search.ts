'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTRPC } from '@/app/_trpc/client'

const pauseMs = 150

/** Agents and runs that match the text, searched on the server once typing pauses; the newest ones for no text. */
export function usePaletteSearch(companyId: string, typed: string) {
  const api = useTRPC()
  const [text, setText] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setText(typed.trim()), pauseMs)
    return () => clearTimeout(timer)
  }, [typed])
  const agents = useQuery({
    ...api.agent.list.queryOptions({ companyId, ...(text && { text, sort: 'name', descending: false }), limit: 6 }),
    placeholderData: keepPreviousData,
  })
  const runs = useQuery({
    ...api.run.list.queryOptions({ companyId, ...(text && { text }), limit: 6 }),
    placeholderData: keepPreviousData,
  })
  return {
    agents: agents.data?.items ?? [],
    runs: runs.data?.items ?? [],
    isSearching: text !== typed.trim() || agents.isFetching || runs.isFetching,
  }
}
