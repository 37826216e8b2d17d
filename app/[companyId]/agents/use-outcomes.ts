'use client'

import { useQueries } from '@tanstack/react-query'
import { useTRPC } from '@/app/_trpc/client'
import { type FinalRunStatus, finalRunStatuses } from '@/server/domain/run-status'

const atOnce = 100

/** The last outcomes of these agents, by agent; those further down a long list are asked for in their own pages. */
export function useOutcomes(companyId: string, agentIds: readonly string[]): ReadonlyMap<string, FinalRunStatus[]> {
  const api = useTRPC()
  const pages = Array.from({ length: Math.ceil(agentIds.length / atOnce) }, (_, at) =>
    agentIds.slice(at * atOnce, (at + 1) * atOnce),
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
