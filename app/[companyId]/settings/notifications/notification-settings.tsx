'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { NotForViewers } from '@/app/_access/not-for-viewers'
import { useMay } from '@/app/_access/use-may'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { Part, Parts } from '@/app/_components/part'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_trpc/client'
import { Deliveries } from './deliveries'
import { RuleList } from './rule-list'
import { WebhookForm } from './webhook-form'

/** What a company is told of, where to, and what became of it. */
export function NotificationSettings({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const isAllowed = useMay()('notification.settings')
  const settings = useQuery({ ...api.notification.settings.queryOptions({ companyId }), enabled: isAllowed })
  return (
    <Page title="Notifications">
      <PageHeader
        trail={
          <Link href={`/${companyId}/settings`} className="hover:text-ink">
            Settings
          </Link>
        }
        title="Notifications"
      />
      <Scroller>
        {!isAllowed && <NotForViewers back={`/${companyId}/inbox`} label="Back to the inbox" />}
        {isAllowed && settings.isPending && <SkeletonRows />}
        {settings.isError && !settings.data && (
          <Problem error={settings.error} onRetry={() => void settings.refetch()} />
        )}
        {settings.data && (
          <>
            <Parts>
              <Part title="Rules" className="gap-2">
                <RuleList
                  companyId={companyId}
                  rules={settings.data.rules}
                  hasWebhook={settings.data.webhook !== null}
                />
              </Part>
              <Part title="Webhook">
                <WebhookForm
                  key={settings.data.webhook?.updatedAt ?? 'none'}
                  companyId={companyId}
                  webhook={settings.data.webhook}
                />
              </Part>
            </Parts>
            <Deliveries companyId={companyId} />
          </>
        )}
      </Scroller>
    </Page>
  )
}
