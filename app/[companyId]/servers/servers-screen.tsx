'use client'

import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Page, PageHeader, Scroller, SectionTitle } from '@/app/_components/page'
import { Problem } from '@/app/_components/problem'
import { SkeletonRows } from '@/app/_components/skeleton'
import { Cell, Row, Table } from '@/app/_components/table'
import { Ago } from '@/app/_time/times'
import { type Outputs, useTRPC } from '@/app/_trpc/client'

type SystemStatus = Outputs['system']['status']

export function ServersScreen() {
  const api = useTRPC()
  const status = useQuery(api.system.status.queryOptions(undefined, { refetchInterval: 2_000 }))
  return (
    <Page title="Servers">
      <PageHeader title="Servers" />
      <Scroller>
        {status.isPending && <SkeletonRows rows={2} />}
        {status.isError && !status.data && <Problem error={status.error} onRetry={() => void status.refetch()} />}
        {status.data && <Figures status={status.data} />}
        {status.data && <ServerTable servers={status.data.servers} />}
      </Scroller>
    </Page>
  )
}

function Figures({ status: { queue, database } }: { status: SystemStatus }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 border-b px-4 py-4 sm:flex sm:gap-12 sm:px-6">
      <Figure label="Running" value={queue.running} />
      <Figure label="Queued" value={queue.queued} />
      <Figure label="Oldest queued" value={<Ago at={queue.oldestQueuedAt} none="none" />} />
      <Figure
        label="Database"
        value={
          database.ok ? <span>PostgreSQL {database.version}</span> : <span className="text-failed">no answer</span>
        }
      />
    </dl>
  )
}

function Figure({ label, value }: { label: string; value: ReactNode }) {
  return (
    <div>
      <dt className="text-muted text-small">{label}</dt>
      <dd className="font-semibold text-title">{value}</dd>
    </div>
  )
}

const columns = [
  { label: 'Server' },
  { label: 'Role', className: 'w-32' },
  { label: 'Load', className: 'w-48' },
  { label: 'State', className: 'w-32' },
  { label: 'Started', className: 'w-36 text-right' },
  { label: 'Lease renewed', className: 'w-36 text-right' },
]

function ServerTable({ servers }: { servers: SystemStatus['servers'] }) {
  return (
    <>
      <SectionTitle>Servers that share this database</SectionTitle>
      <Table label="Servers" columns={columns}>
        {servers.map((server) => (
          <Row key={server.id}>
            <Cell place="lead">
              <span className="font-medium">{server.host}</span>{' '}
              <span className="font-mono text-muted text-small">pid {server.pid}</span>
            </Cell>
            <Cell place="wide">{server.role}</Cell>
            <Cell place="below">
              <Load running={server.running} maxRuns={server.maxRuns} />
            </Cell>
            <Cell place="trail">{server.draining ? <span className="text-timed-out">draining</span> : 'up'}</Cell>
            <Cell place="wide" className="text-right text-muted">
              <Ago at={server.startedAt} />
            </Cell>
            <Cell place="belowTrail" className="text-right text-muted">
              <Ago at={server.renewedAt} />
            </Cell>
          </Row>
        ))}
      </Table>
    </>
  )
}

function Load({ running, maxRuns }: { running: number; maxRuns: number }) {
  return (
    <span className="flex items-center gap-2">
      <meter aria-label="Load" min={0} max={Math.max(1, maxRuns)} value={running} className="sr-only" />
      <span aria-hidden className="h-1.5 w-20 overflow-hidden rounded-full bg-selected">
        <span
          className="block h-full rounded-full bg-running"
          style={{ width: `${Math.min(100, (100 * running) / Math.max(1, maxRuns))}%` }}
        />
      </span>
      <span>
        {running} of {maxRuns}
      </span>
    </span>
  )
}
