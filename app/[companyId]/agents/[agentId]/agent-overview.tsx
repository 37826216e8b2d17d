'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { SectionTitle } from '@/app/_components/page'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_trpc/client'
import { RunTable } from '@/app/[companyId]/runs/run-table'
import { WakeupTable } from '@/app/[companyId]/wakeups/wakeup-table'

/** The latest runs and wakeups of the agent. */
export function AgentOverview({ companyId, agentId }: { companyId: string; agentId: string }) {
  const api = useTRPC()
  const runs = useQuery(api.run.list.queryOptions({ companyId, agentId, limit: 12 }))
  const wakeups = useQuery(api.wakeup.list.queryOptions({ companyId, agentId, limit: 12 }))
  const linkToAll = (list: 'runs' | 'wakeups') => (
    <Link href={`/${companyId}/${list}?agentId=${agentId}`} className="text-accent hover:underline">
      All {list}
    </Link>
  )
  return (
    <>
      <SectionTitle aside={linkToAll('runs')}>Runs</SectionTitle>
      {runs.isPending && <SkeletonRows rows={3} />}
      {runs.data && runs.data.items.length === 0 && (
        <p className="px-4 py-2 text-muted sm:px-6">No runs yet. Wake the agent to start the first one.</p>
      )}
      {runs.data && runs.data.items.length > 0 && <RunTable companyId={companyId} rows={runs.data.items} ofOneAgent />}
      <SectionTitle aside={linkToAll('wakeups')}>Wakeups</SectionTitle>
      {wakeups.isPending && <SkeletonRows rows={3} />}
      {wakeups.data && wakeups.data.items.length === 0 && (
        <p className="px-4 py-2 text-muted sm:px-6">No wakeups yet.</p>
      )}
      {wakeups.data && wakeups.data.items.length > 0 && (
        <WakeupTable companyId={companyId} rows={wakeups.data.items} ofOneAgent />
      )}
    </>
  )
}
