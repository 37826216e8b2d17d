'use client'

import { useQueries } from '@tanstack/react-query'
import { useTRPC } from '@/app/_trpc/client'
import { type FinalRunStatus, finalRunStatuses } from '@/server/domain/run-status'

const pageSize = 100

/** The last outcomes of these agents, by agent id, fetched for 100 agents at a time. */
export function useOutcomes(companyId: string, agentIds: readonly string[]): ReadonlyMap<string, FinalRunStatus[]> {
  const api = useTRPC()
  const pages = Array.from({ length: Math.ceil(agentIds.length / pageSize) }, (_, at) =>
    agentIds.slice(at * pageSize, (at + 1) * pageSize),
  )
  return useQueries({
    queries: pages.map((ids) => ({
      ...api.agent.outcomes.queryOptions({ companyId, agentIds: ids }),
      staleTime: 10_000,
      refetchInterval: 15_000,
    })),
    combine: (answers) =>
      new Map(
        answers.flatMap(({ data }) =>
          (data?.items ?? []).map(({ agentId, runs }) => [
            agentId,
            runs.flatMap((run) => finalRunStatuses.filter((status) => status === run.status)),
          ]),
        ),
      ),
  })
}
