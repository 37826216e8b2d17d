'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { ReadOnlyNotice } from '@/app/_access/read-only-notice'
import { useCan } from '@/app/_access/use-can'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_trpc/client'
import { AgentForm } from '@/app/[companyId]/agents/_form/agent-form'
import { useUpdateAgent } from '@/app/[companyId]/agents/[agentId]/use-update-agent'

export function EditAgentScreen({ companyId, agentId }: { companyId: string; agentId: string }) {
  const api = useTRPC()
  const router = useRouter()
  const adapters = useQuery(api.adapter.list.queryOptions(undefined, { staleTime: Infinity }))
  const agent = useQuery(api.agent.get.queryOptions({ agentId }))
  const update = useUpdateAgent(agent.data, {
    message: 'Saved. The next run uses it.',
    onDone: () => router.push(`/${companyId}/agents/${agentId}`),
  })
  const can = useCan()
  const error = agent.error ?? adapters.error
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
        {error && <QueryError error={error} onRetry={() => void Promise.all([agent.refetch(), adapters.refetch()])} />}
        {!error && !(agent.data && adapters.data) && <SkeletonRows />}
        {agent.data && !can('agent.update') && (
          <ReadOnlyNotice back={`/${companyId}/agents/${agentId}`} label="Back to the agent" />
        )}
        {agent.data && adapters.data && can('agent.update') && (
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
