'use client'

import { useInfiniteQuery } from '@tanstack/react-query'
import { Allowed } from '@/app/_access/allowed'
import { LoadMore } from '@/app/_components/load-more'
import { SectionTitle } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, Table } from '@/app/_components/table'
import { Ago, Until } from '@/app/_time/times'
import { type Outputs, useTRPC } from '@/app/_trpc/client'
import { itemsOf, nextPage } from '@/app/_trpc/pages'
import { SendAgain } from './send-again'

export type Delivery = Outputs['notification']['deliveries']['items'][number]

const columns = [
  { label: 'Status', className: 'w-32' },
  { label: 'Notification', className: 'w-[30%]' },
  { label: 'Last answer' },
  { label: 'Attempts', className: 'w-24 text-right' },
  { label: 'Created', className: 'w-28 text-right' },
  { label: 'Next attempt', className: 'w-32 text-right' },
]

/** Deliveries to the webhook and its answers, refetched every second while one is pending. */
export function Deliveries({ companyId }: { companyId: string }) {
  const api = useTRPC()
  const deliveries = useInfiniteQuery({
    ...api.notification.deliveries.infiniteQueryOptions({ companyId, limit: 50 }, nextPage),
    refetchInterval: (query) => (itemsOf(query.state.data).some((row) => row.status === 'pending') ? 1_000 : 15_000),
  })
  const rows = itemsOf(deliveries.data)
  return (
    <section aria-label="Deliveries">
      <SectionTitle>Deliveries</SectionTitle>
      {deliveries.isError && !deliveries.data && (
        <QueryError error={deliveries.error} onRetry={() => void deliveries.refetch()} />
      )}
      {deliveries.isSuccess && rows.length === 0 && (
        <p className="px-4 pb-6 text-muted sm:px-6">
          No deliveries yet. Save a webhook and send a test to see the answer of its receiver.
        </p>
      )}
      {rows.length > 0 && (
        <Table label="Deliveries" columns={columns}>
          {rows.map((row) => (
            <DeliveryRow key={row.id} companyId={companyId} row={row} />
          ))}
        </Table>
      )}
      <LoadMore query={deliveries} />
    </section>
  )
}

const deliveryStatus = { pending: 'queued', delivered: 'completed', failed: 'failed' } as const
const deliveryLabels = { pending: 'pending', delivered: 'delivered', failed: 'failed' } as const

function DeliveryRow({ companyId, row }: { companyId: string; row: Delivery }) {
  const last = row.attempts.at(-1)
  const log = row.attempts.map((attempt) => `${attempt.at} ${attempt.error ?? attempt.status} (${attempt.ms} ms)`)
  return (
    <Row>
      <Cell area="trail">
        <StatusMark status={deliveryStatus[row.status]} label={deliveryLabels[row.status]} />
      </Cell>
      <Cell area="lead" className="font-medium" title={row.title}>
        {row.title}
      </Cell>
      <Cell area="below" className="text-muted" title={log.join('\n')}>
        {last ? (last.error ?? `${last.status} after ${last.ms} ms`) : 'Not attempted yet'}
        <span className="sm:hidden">
          {' · '}
          <Ago at={row.createdAt} />
        </span>
      </Cell>
      <Cell area="wide" className="text-right text-muted">
        {row.attempts.length}
      </Cell>
      <Cell area="wide" className="text-right text-muted">
        <Ago at={row.createdAt} />
      </Cell>
      <Cell area="belowTrail" className="text-right text-muted">
        {row.status === 'pending' ? (
          <Until at={row.nextAttemptAt} />
        ) : (
          <Allowed to="notification.sendAgain">
            <SendAgain companyId={companyId} delivery={row} />
          </Allowed>
        )}
      </Cell>
    </Row>
  )
}
