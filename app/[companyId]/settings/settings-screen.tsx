'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Allowed } from '@/app/_access/allowed'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { Section, Sections } from '@/app/_components/section'
import { SkeletonRows } from '@/app/_components/skeleton'
import { StatusMark } from '@/app/_components/status-mark'
import { useTRPC } from '@/app/_trpc/client'
import { CompanyForm } from './company-form'
import { CompanyStatusSection } from './company-status-section'
import { PeopleSection } from './people-section'
import { RetentionSection } from './retention-section'
import { SecretsSection } from './secrets-section'

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
        {error && !company && <QueryError error={error} onRetry={() => void refetch()} />}
        {company && (
          <Sections>
            <Section title="Company">
              <CompanyForm key={`${company.id} ${company.name} ${company.budgetMonthlyMicros}`} company={company} />
            </Section>
            <Section title="People">
              <PeopleSection companyId={companyId} />
            </Section>
            <Section title="Secrets">
              <SecretsSection companyId={companyId} />
            </Section>
            <Section title="Notifications">
              <p className="text-muted">
                Which events the company is notified of, and the webhook that receives them.{' '}
                <Allowed to="notification.settings" otherwise="Operators and owners see the rules.">
                  <Link href={`/${companyId}/settings/notifications`} className="text-accent underline">
                    Rules, webhook and deliveries
                  </Link>
                </Allowed>
              </p>
            </Section>
            <Section title="Retention">
              <RetentionSection key={`${company.id} ${JSON.stringify(company.retention)}`} company={company} />
            </Section>
            <Section title="Pause or archive">
              <CompanyStatusSection company={company} isOwner={company.role === 'owner'} />
            </Section>
          </Sections>
        )}
      </Scroller>
    </Page>
  )
}
