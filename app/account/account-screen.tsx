'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { Section, Sections } from '@/app/_components/section'
import { SkeletonRows } from '@/app/_components/skeleton'
import { Wordmark } from '@/app/_components/wordmark'
import { useTRPC } from '@/app/_trpc/client'
import { AccountMenu } from '@/app/[companyId]/_shell/account-menu'
import { PasswordSection } from './password-section'
import { ProfileForm } from './profile-form'
import { SessionsSection } from './sessions-section'
import { TokensSection } from './tokens-section'

export function AccountScreen() {
  const api = useTRPC()
  const { data: account, error, isPending, refetch } = useQuery(api.account.get.queryOptions())
  return (
    <main className="flex h-dvh flex-col">
      <Page title="Account">
        <div className="flex h-12 shrink-0 items-center gap-2 border-b bg-rail px-4 sm:px-6">
          <Link href="/" className="flex items-center gap-2" title="All companies">
            <Wordmark />
          </Link>
          <div className="ml-auto">
            <AccountMenu side="bottom" />
          </div>
        </div>
        <PageHeader
          title="Account"
          state={account?.installationOwner && <span className="text-muted">Owner of this installation</span>}
        />
        <Scroller>
          {isPending && <SkeletonRows rows={4} />}
          {error && !account && <QueryError error={error} onRetry={() => void refetch()} />}
          {account && (
            <Sections>
              <Section title="You">
                <ProfileForm account={account} />
              </Section>
              {account.hasPassword && (
                <Section title="Password">
                  <PasswordSection needsCurrent={account.needsPassword} />
                </Section>
              )}
              <Section title="Personal tokens">
                <TokensSection personId={account.id} />
              </Section>
              <Section title="Signed-in browsers">
                <SessionsSection />
              </Section>
            </Sections>
          )}
        </Scroller>
      </Page>
    </main>
  )
}
