'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Allowed } from '@/app/_access/allowed'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { Part, Parts } from '@/app/_components/part'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { StatusMark } from '@/app/_components/status-mark'
import { useTRPC } from '@/app/_trpc/client'
import { CompanyForm } from './company-form'
import { CompanyStanding } from './company-standing'
import { PeoplePart } from './people-part'
import { RetentionPart } from './retention-part'
import { SecretsPart } from './secrets-part'

export function SettingsScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const {
    data: company,
    error,
    isPending,
    refetch,
  } = useQuery(
    api.company.get.queryOptions(
      { companyId },
      { refetchInterval: (query) => (query.state.data?.cancellingRuns ? 1_000 : false) },
    ),
  )
  const state = company && (
    <span className="flex items-center gap-3">
      <output aria-label="Company status">
        <StatusMark status={company.status} className="font-medium" />
      </output>
      <BudgetBadge of={company} />
    </span>
  )
  return (
    <Page title="Settings">
      <PageHeader title="Settings" state={state} />
      <Scroller>
        {isPending && <SkeletonRows rows={4} />}
        {error && !company && <Problem error={error} onRetry={() => void refetch()} />}
        {company && (
          <Parts>
            <Part title="Company">
              <CompanyForm key={`${company.id} ${company.name} ${company.budgetMonthlyMicros}`} company={company} />
            </Part>
            <Part title="People">
              <PeoplePart companyId={companyId} />
            </Part>
            <Part title="Secrets">
              <SecretsPart companyId={companyId} />
            </Part>
            <Part title="Notifications">
              <p className="text-muted">
                Which events the company is notified of, and the webhook that receives them.{' '}
                <Allowed to="notification.settings" otherwise="Operators and owners see the rules.">
                  <Link href={`/${companyId}/settings/notifications`} className="text-accent underline">
                    Rules, webhook and deliveries
                  </Link>
                </Allowed>
              </p>
            </Part>
            <Part title="Retention">
              <RetentionPart key={`${company.id} ${JSON.stringify(company.retention)}`} company={company} />
            </Part>
            <Part title="Pause or archive">
              <CompanyStanding company={company} isOwner={company.role === 'owner'} />
            </Part>
          </Parts>
        )}
      </Scroller>
    </Page>
  )
}
