'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { Part, Parts } from '@/app/_components/part'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { Wordmark } from '@/app/_components/wordmark'
import { useTRPC } from '@/app/_trpc/client'
import { AccountMenu } from '@/app/[companyId]/_shell/account-menu'
import { PasswordPart } from './password-part'
import { ProfileForm } from './profile-form'
import { SessionsPart } from './sessions-part'
import { TokensPart } from './tokens-part'

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
          {error && !account && <Problem error={error} onRetry={() => void refetch()} />}
          {account && (
            <Parts>
              <Part title="You">
                <ProfileForm account={account} />
              </Part>
              {account.hasPassword && (
                <Part title="Password">
                  <PasswordPart needsCurrent={account.needsPassword} />
                </Part>
              )}
              <Part title="Personal tokens">
                <TokensPart personId={account.id} />
              </Part>
              <Part title="Signed-in browsers">
                <SessionsPart />
              </Part>
            </Parts>
          )}
        </Scroller>
      </Page>
    </main>
  )
}
