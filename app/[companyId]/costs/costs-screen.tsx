'use client'

import { useQuery } from '@tanstack/react-query'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { useTRPC } from '@/app/_trpc/client'
import { CostActions } from './cost-actions'
import { CostReport } from './cost-report'
import { useCosts } from './use-costs'

/** The costs of the company. */
export function CostsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const { data: company } = useQuery(api.company.get.queryOptions({ companyId }))
  const costs = useCosts({ companyId })
  return (
    <Page title="Costs">
      <PageHeader title="Costs" actions={<CostActions costs={costs} name="costs" />} />
      <Scroller>
        <CostReport companyId={companyId} costs={costs} budgeted={company}>
          Costs come from what agents report: Claude Code by itself, others in their result file, their answer, or by
          cost.report. Usage without a price is shown apart, not as free.
        </CostReport>
      </Scroller>
    </Page>
  )
}
