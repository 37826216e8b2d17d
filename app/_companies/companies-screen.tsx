'use client'

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { PasswordReminder } from '@/app/_account/password-reminder'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { Empty } from '@/app/_components/empty'
import { LoadMore } from '@/app/_components/load-more'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, rowLinkClass, Table } from '@/app/_components/table'
import { Button } from '@/app/_components/ui/button'
import { Wordmark } from '@/app/_components/wordmark'
import { Ago } from '@/app/_time/times'
import { type Company, useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { AccountMenu } from '@/app/[companyId]/_shell/account-menu'
import { formatMicros } from '@/server/domain/money'
import { SeeExample } from './example'
import { ExampleMark } from './example-mark'
import { NewCompanyDialog } from './new-company-dialog'

export function CompaniesScreen() {
  const api = useTRPC()
  const [creating, setCreating] = useState(false)
  const companies = useInfiniteQuery(api.company.list.infiniteQueryOptions({ limit: 50 }, nextPage))
  const rows = itemsOf(companies.data)
  const isEmpty = companies.isSuccess && rows.length === 0
  const { data: account } = useQuery(api.account.get.queryOptions())
  const newCompany = account?.installationOwner !== false && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      New company
    </Button>
  )
  return (
    <main className="flex h-dvh flex-col">
      <Page title="Companies">
        <div className="flex h-12 shrink-0 items-center gap-2 border-b bg-rail px-4 sm:px-6">
          <Wordmark />
          <div className="ml-auto">
            <AccountMenu side="bottom" />
          </div>
        </div>
        <PasswordReminder />
        <PageHeader title="Companies" actions={isEmpty ? null : newCompany} />
        <Scroller>
          {companies.isPending && <SkeletonRows rows={3} />}
          {companies.isError && <QueryError error={companies.error} onRetry={() => void companies.refetch()} />}
          {isEmpty && (
            <Empty
              title="No companies yet"
              action={
                newCompany && (
                  <div className="flex flex-wrap gap-2">
                    {newCompany}
                    <SeeExample />
                  </div>
                )
              }
            >
              {newCompany
                ? 'A company owns its agents, their runs and their costs. Create one, then add its first agent. Or look at an example with four small agents, which you can remove again.'
                : 'You are not a member of any company. Ask an owner of one for an invitation.'}
            </Empty>
          )}
          {rows.length > 0 && <CompanyTable rows={rows} />}
          <LoadMore query={companies} />
        </Scroller>
      </Page>
      <NewCompanyDialog open={creating} onOpenChange={setCreating} />
    </main>
  )
}

const columns = [
  { label: 'Company' },
  { label: 'Status', className: 'w-60' },
  { label: 'Spent this month', className: 'w-44 text-right' },
  { label: 'Created', className: 'w-36 text-right' },
]

function CompanyTable({ rows }: { rows: readonly Company[] }) {
  return (
    <Table label="Companies" columns={columns}>
      {rows.map((company) => (
        <Row key={company.id}>
          <Cell area="lead">
            <Link href={`/${company.id}`} className={rowLinkClass}>
              {company.name}
            </Link>{' '}
            {company.isExample && <ExampleMark />}
          </Cell>
          <Cell area="below">
            <span className="inline-flex items-center gap-3">
              <StatusMark status={company.status} />
              <BudgetBadge of={company} />
            </span>
          </Cell>
          <Cell area="trail" className="text-right">
            {formatMicros(company.spentMonthlyMicros)}
            {company.budgetMonthlyMicros !== null && (
              <span className="text-muted"> of {formatMicros(company.budgetMonthlyMicros)}</span>
            )}
          </Cell>
          <Cell area="belowTrail" className="text-right text-muted">
            <Ago at={company.createdAt} />
          </Cell>
        </Row>
      ))}
    </Table>
  )
}
