'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { toast } from 'sonner'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_trpc/client'
import { AgentForm } from '../../_form/agent-form'

export function EditAgentScreen({ companyId, agentId }: { companyId: string; agentId: string }) {
  const api = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const adapters = useQuery(api.adapter.list.queryOptions(undefined, { staleTime: Infinity }))
  const agent = useQuery(api.agent.get.queryOptions({ agentId }))
  const update = useMutation(
    api.agent.update.mutationOptions({
      onSuccess(saved) {
        queryClient.setQueryData(api.agent.get.queryKey({ agentId }), saved)
        void queryClient.invalidateQueries(api.agent.list.pathFilter())
        toast.success('Saved. The next run goes by it.')
        router.push(`/${companyId}/agents/${agentId}`)
      },
    }),
  )
  const failed = agent.error ?? adapters.error
  return (
    <Page title="Edit agent">
      <PageHeader
        trail={
          <Link href={`/${companyId}/agents/${agentId}`} className="hover:text-ink hover:underline">
            {agent.data?.name ?? 'Agent'}
          </Link>
        }
        title="Edit"
      />
      <Scroller>
        {failed && <Problem error={failed} onRetry={() => void Promise.all([agent.refetch(), adapters.refetch()])} />}
        {!failed && !(agent.data && adapters.data) && <SkeletonRows />}
        {agent.data && adapters.data && (
          <AgentForm
            companyId={companyId}
            adapters={adapters.data}
            stored={agent.data}
            submitLabel="Save changes"
            onSubmit={(changed) => update.mutate({ agentId, ...changed })}
            isSaving={update.isPending || update.isSuccess}
            error={update.error}
          />
        )}
      </Scroller>
    </Page>
  )
}
