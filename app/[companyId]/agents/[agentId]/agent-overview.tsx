'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { SectionTitle } from '@/app/_components/page'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_trpc/client'
import { RunTable } from '@/app/[companyId]/runs/run-table'
import { WakeupTable } from '@/app/[companyId]/wakeups/wakeup-table'

/** The agent's last runs and wakeups. */
export function AgentOverview({ companyId, agentId }: { companyId: string; agentId: string }) {
  const api = useTRPC()
  const runs = useQuery(api.run.list.queryOptions({ companyId, agentId, limit: 12 }))
  const wakeups = useQuery(api.wakeup.list.queryOptions({ companyId, agentId, limit: 12 }))
  const all = (place: 'runs' | 'wakeups') => (
    <Link href={`/${companyId}/${place}?agentId=${agentId}`} className="text-accent hover:underline">
      All {place}
    </Link>
  )
  return (
    <>
      <SectionTitle aside={all('runs')}>Runs</SectionTitle>
      {runs.isPending && <SkeletonRows rows={3} />}
      {runs.data && runs.data.items.length === 0 && (
        <p className="px-4 py-2 text-muted sm:px-6">No run yet. Wake the agent to see its first.</p>
      )}
      {runs.data && runs.data.items.length > 0 && <RunTable companyId={companyId} rows={runs.data.items} ofOneAgent />}
      <SectionTitle aside={all('wakeups')}>Wakeups</SectionTitle>
      {wakeups.isPending && <SkeletonRows rows={3} />}
      {wakeups.data && wakeups.data.items.length === 0 && (
        <p className="px-4 py-2 text-muted sm:px-6">No wakeup yet: nobody has asked this agent to run.</p>
      )}
      {wakeups.data && wakeups.data.items.length > 0 && (
        <WakeupTable companyId={companyId} rows={wakeups.data.items} ofOneAgent />
      )}
    </>
  )
}
