'use client'

import { useQuery } from '@tanstack/react-query'
import { Page, Scroller } from '@/app/_components/page'
import { useTRPC } from '@/app/_trpc/client'
import { AgentHeader } from '@/app/[companyId]/agents/[agentId]/agent-header'
import { CostActions } from '@/app/[companyId]/costs/cost-actions'
import { CostReport } from '@/app/[companyId]/costs/cost-report'
import { useCosts } from '@/app/[companyId]/costs/use-costs'

/** The costs of one agent, by day and by model. */
export function AgentCostsScreen({ companyId, agentId }: { companyId: string; agentId: string }) {
  const api = useTRPC()
  const { data: agent } = useQuery(api.agent.get.queryOptions({ agentId }))
  const costs = useCosts({ companyId, agentId })
  return (
    <Page title={`Costs of ${agent?.name ?? 'an agent'}`}>
      <AgentHeader
        companyId={companyId}
        agentId={agentId}
        actions={<CostActions costs={costs} name={`costs-of-${agent?.name ?? agentId}`} />}
      />
      <Scroller>
        <CostReport companyId={companyId} costs={costs} budgeted={agent} ofOneAgent>
          Costs are what the agent reports: Claude Code reports them itself, other programs in their result file, in
          their answer or with cost.report. Usage without a known price is listed as unpriced.
        </CostReport>
      </Scroller>
    </Page>
  )
}
