'use client'

import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import type { Route } from 'next'
import Link from 'next/link'
import { useMemo, useRef } from 'react'
import { toast } from 'sonner'
import { Allowed } from '@/app/_access/allowed'
import { Empty } from '@/app/_components/empty'
import { LoadMore } from '@/app/_components/load-more'
import { NewRowsButton } from '@/app/_components/new-rows-button'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { Cell, Row, rowLinkClass, Table } from '@/app/_components/table'
import { Button, buttonClass } from '@/app/_components/ui/button'
import { usePausedUpdates } from '@/app/_live/use-paused-updates'
import { Ago } from '@/app/_time/times'
import { errorMessage } from '@/app/_trpc/api-error'
import { type Outputs, useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { DesktopToggle } from './desktop-toggle'
import { notificationDisplay } from './notification-display'

type Notification = Outputs['notification']['list']['items'][number]

/** The notifications that the company's rules send to the inbox; unread ones have a dot. */
export function InboxScreen({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const list = useInfiniteQuery(api.notification.list.infiniteQueryOptions({ companyId, limit: 50 }, nextPage))
  const scroller = useRef<HTMLDivElement>(null)
  const { shown, waiting, release } = usePausedUpdates(
    useMemo(() => itemsOf(list.data), [list.data]),
    scroller,
  )
  const markRead = useMarkRead()
  const settings = (
    <Allowed to="notification.settings">
      <Link href={`/${companyId}/settings/notifications`} className={buttonClass()}>
        Rules
      </Link>
    </Allowed>
  )
  return (
    <Page title="Inbox">
      <PageHeader
        title="Inbox"
        actions={
          <>
            <DesktopToggle />
            {settings}
            <Button
              disabled={markRead.isPending || !shown.some((row) => row.isUnread)}
              onClick={() => markRead.mutate({ companyId })}
            >
              Mark all read
            </Button>
          </>
        }
      />
      <Scroller ref={scroller}>
        <NewRowsButton count={waiting} onShow={release} />
        {list.isPending && <SkeletonRows />}
        {list.isError && <QueryError error={list.error} onRetry={() => void list.refetch()} />}
        {list.isSuccess && shown.length === 0 && (
          <Empty title="No notifications" action={settings}>
            Agents that keep failing, budgets that are nearly spent, lost servers and silent runs appear here. Rules
            select which of them, and whether they are also sent to a webhook.
          </Empty>
        )}
        {shown.length > 0 && (
          <Table label="Notifications" columns={columns}>
            {shown.map((row) => (
              <NotificationRow key={row.id} companyId={companyId} row={row} />
            ))}
          </Table>
        )}
        <LoadMore query={list} />
      </Scroller>
    </Page>
  )
}

function useMarkRead() {
  const api = useTRPC()
  const queryClient = useQueryClient()
  return useMutation(
    api.notification.markRead.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(api.notification.pathFilter()),
      onError: (error) => toast.error(errorMessage(error)),
    }),
  )
}

const columns = [
  { label: 'Kind', className: 'w-40' },
  { label: 'What', className: 'w-[36%]' },
  { label: 'Why' },
  { label: 'When', className: 'w-32 text-right' },
]

function NotificationRow({ companyId, row }: { companyId: string; row: Notification }) {
  const { label, icon } = notificationDisplay[row.kind]
  return (
    <Row>
      <Cell area="trail">
        <span className="inline-flex items-center gap-1.5 align-bottom">
          {icon}
          <span className="text-muted max-sm:sr-only">{label}</span>
        </span>
      </Cell>
      <Cell area="lead" title={row.title}>
        <span className="flex min-w-0 items-center gap-2">
          <Link href={pathOf(companyId, row)} prefetch={false} className={`${rowLinkClass} min-w-0 truncate`}>
            {row.title}
          </Link>
          {row.isUnread && (
            <span className="size-1.5 shrink-0 rounded-full bg-accent-solid">
              <span className="sr-only">unread</span>
            </span>
          )}
        </span>
      </Cell>
      <Cell area="below" className="text-muted" title={row.message}>
        {row.message}
      </Cell>
      <Cell area="belowTrail" className="text-right text-muted">
        <Ago at={row.createdAt} />
      </Cell>
    </Row>
  )
}

/** The page where the reader can act on it. */
function pathOf(companyId: string, { kind, runId, agentId }: Notification): Route {
  if (runId) return `/${companyId}/runs/${runId}` as Route
  if (agentId) return `/${companyId}/agents/${agentId}` as Route
  return (kind === 'server_lost' ? `/${companyId}/servers` : `/${companyId}/settings`) as Route
}
