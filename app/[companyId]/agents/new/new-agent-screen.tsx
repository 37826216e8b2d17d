'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { toast } from 'sonner'
import { ReadOnlyNotice } from '@/app/_access/read-only-notice'
import { useCan } from '@/app/_access/use-can'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_trpc/client'
import { AgentForm } from '@/app/[companyId]/agents/_form/agent-form'

export function NewAgentScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const router = useRouter()
  const queryClient = useQueryClient()
  const adapters = useQuery(api.adapter.list.queryOptions(undefined, { staleTime: Infinity }))
  const can = useCan()
  const create = useMutation(
    api.agent.create.mutationOptions({
      onSuccess(agent) {
        void queryClient.invalidateQueries(api.agent.list.pathFilter())
        toast.success(`${agent.name} is ready. Wake it to see its first run.`)
        router.push(`/${companyId}/agents/${agent.id}`)
      },
    }),
  )
  return (
    <Page title="New agent">
      <PageHeader
        trail={
          <Link href={`/${companyId}/agents`} className="hover:text-ink hover:underline">
            Agents
          </Link>
        }
        title="New agent"
      />
      <Scroller>
        {adapters.isPending && <SkeletonRows />}
        {adapters.isError && <QueryError error={adapters.error} onRetry={() => void adapters.refetch()} />}
        {adapters.data && !can('agent.create') && (
          <ReadOnlyNotice back={`/${companyId}/agents`} label="Back to agents" />
        )}
        {adapters.data && can('agent.create') && (
          <AgentForm
            companyId={companyId}
            adapters={adapters.data}
            stored={null}
            submitLabel="Create agent"
            onSubmit={(agent) => create.mutate({ companyId, ...agent })}
            isSaving={create.isPending || create.isSuccess}
            error={create.error}
          />
        )}
      </Scroller>
    </Page>
  )
}
