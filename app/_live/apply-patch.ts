import type { QueryClient } from '@tanstack/react-query'
import type { Api } from '@/app/_trpc/client'
import { type Patch, patchedData, type StaleList } from './patches'

type Cache = { api: Api; queryClient: QueryClient; refetcher: { mark(list: StaleList): void } }

/** Applies a patch to the query cache. Single rows are also refetched: a query in flight may overwrite the patch. */
export function applyPatch(patch: Patch, { api, queryClient, refetcher }: Cache): void {
  if (patch.kind === 'reset') {
    void queryClient.invalidateQueries()
    return
  }
  if (patch.kind === 'stale') {
    refetcher.mark(patch.list)
    return
  }
  const { kind, id, fields } = patch
  queryClient.setQueriesData(api[kind].pathFilter(), (data: unknown) => patchedData(data, id, fields))
  if (kind === 'run') void queryClient.invalidateQueries(api.run.get.queryFilter({ runId: id }))
  if (kind === 'agent') {
    queryClient.setQueriesData(api.board.get.pathFilter(), (data: unknown) => patchedData(data, id, fields))
    void queryClient.invalidateQueries(api.agent.get.queryFilter({ agentId: id }))
    void queryClient.invalidateQueries(api.agent.runtimeState.queryFilter({ agentId: id }))
  }
}
