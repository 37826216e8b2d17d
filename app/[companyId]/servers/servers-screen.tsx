'use client'

import { useQuery } from '@tanstack/react-query'
import { Page, PageHeader, Scroller, SectionTitle } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { Stat, Stats } from '@/app/_components/stat'
import { Cell, Row, Table } from '@/app/_components/table'
import { useNow } from '@/app/_time/ticker'
import { Ago, Elapsed } from '@/app/_time/times'
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
        {status.isError && !status.data && <QueryError error={status.error} onRetry={() => void status.refetch()} />}
        {status.data && <SystemStats status={status.data} />}
        {status.data && <ServerTable servers={status.data.servers} />}
        {status.data && <LostServers lost={status.data.lost} />}
      </Scroller>
    </Page>
  )
}

function SystemStats({ status: { queue, servers, database, version, schema } }: { status: SystemStatus }) {
  const capacity = servers.reduce((sum, server) => sum + (server.draining ? 0 : server.maxRuns), 0)
  return (
    <Stats>
      <Stat label="Running" value={queue.running} note={`of ${capacity} slots`} />
      <Stat
        label="Queued"
        value={queue.queued}
        note={
          queue.oldestQueuedAt === null ? (
            'nothing is waiting'
          ) : (
            <>
              longest <Elapsed from={queue.oldestQueuedAt} to={null} />
            </>
          )
        }
      />
      <Stat label="Servers" value={servers.length} note={drainingNote(servers)} />
      <Stat
        label="Database"
        value={database.ok ? 'up' : <span className="text-failed">down</span>}
        note={`PostgreSQL ${database.version}`}
      />
      <Stat
        label="Release"
        value={version}
        note={
          schema.state === 'current' ? (
            `schema ${schema.newest}`
          ) : (
            <span className="text-failed">
              the database has {schema.applied} migrations, this release {schema.migrations}
            </span>
          )
        }
      />
    </Stats>
  )
}

function drainingNote(servers: SystemStatus['servers']): string {
  const draining = servers.filter((server) => server.draining).length
  return draining === 0 ? 'none draining' : `${draining} draining`
}

const columns = [
  { label: 'Server' },
  { label: 'Role', className: 'w-32' },
  { label: 'Load', className: 'w-48' },
  { label: 'State', className: 'w-44' },
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
            <Cell area="lead">
              <span className="font-medium">{server.host}</span>{' '}
              <span className="font-mono text-muted text-small">pid {server.pid}</span>
            </Cell>
            <Cell area="wide">{server.role}</Cell>
            <Cell area="below">
              <Load running={server.running} maxRuns={server.maxRuns} />
            </Cell>
            <Cell area="trail">
              <ServerState server={server} />
            </Cell>
            <Cell area="wide" className="text-right text-muted">
              <Ago at={server.startedAt} />
            </Cell>
            <Cell area="belowTrail" className="text-right text-muted">
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

/** At the default lease of 15 s, a healthy server renews more often than this. */
const lateMs = 10_000

function ServerState({ server: { draining, renewedAt } }: { server: SystemStatus['servers'][number] }) {
  const isLate = useNow() - Date.parse(renewedAt) > lateMs
  if (isLate) return <span className="text-failed">lease not renewed</span>
  return draining ? <span className="text-timed-out">draining: starts no runs</span> : 'up'
}

function LostServers({ lost }: { lost: SystemStatus['lost'] }) {
  if (lost.length === 0) return null
  return (
    <>
      <SectionTitle>Lost in the last 24 hours</SectionTitle>
      <Table label="Lost servers" columns={[{ label: 'Server' }, { label: 'Lost', className: 'w-36 text-right' }]}>
        {lost.map((server) => (
          <Row key={server.id}>
            <Cell area="lead">
              <span className="font-medium">{server.host}</span>{' '}
              <span className="font-mono text-muted text-small">pid {server.pid}</span>
            </Cell>
            <Cell area="trail" className="text-right text-muted">
              <Ago at={server.lostAt} />
            </Cell>
          </Row>
        ))}
      </Table>
    </>
  )
}
