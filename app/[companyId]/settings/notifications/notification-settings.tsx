'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { ReadOnlyNotice } from '@/app/_access/read-only-notice'
import { useCan } from '@/app/_access/use-can'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { Section, Sections } from '@/app/_components/section'
import { SkeletonRows } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_trpc/client'
import { Deliveries } from './deliveries'
import { RuleList } from './rule-list'
import { WebhookForm } from './webhook-form'

/** The notification rules of a company, its webhook, and the deliveries to it. */
export function NotificationSettings({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const isAllowed = useCan()('notification.settings')
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
        {!isAllowed && <ReadOnlyNotice back={`/${companyId}/inbox`} label="Back to the inbox" />}
        {isAllowed && settings.isPending && <SkeletonRows />}
        {settings.isError && !settings.data && (
          <QueryError error={settings.error} onRetry={() => void settings.refetch()} />
        )}
        {settings.data && (
          <>
            <Sections>
              <Section title="Rules" className="gap-2">
                <RuleList
                  companyId={companyId}
                  rules={settings.data.rules}
                  hasWebhook={settings.data.webhook !== null}
                />
              </Section>
              <Section title="Webhook">
                <WebhookForm
                  key={settings.data.webhook?.updatedAt ?? 'none'}
                  companyId={companyId}
                  webhook={settings.data.webhook}
                />
              </Section>
            </Sections>
            <Deliveries companyId={companyId} />
          </>
        )}
      </Scroller>
    </Page>
  )
}
