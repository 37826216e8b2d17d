'use client'

import Link from 'next/link'
import { ShortId } from '@/app/_components/short-id'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, Table } from '@/app/_components/table'
import { skipSentence, whyOf } from '@/app/_components/words'
import { Ago } from '@/app/_time/times'
import type { Wakeup } from '@/app/_trpc/client'

const columns = [
  { label: 'Status', className: 'w-36' },
  { label: 'Agent', className: 'w-[22%]' },
  { label: 'Source', className: 'w-32' },
  { label: 'Reason' },
  { label: 'Run', className: 'w-24' },
  { label: 'When', className: 'w-32 text-right' },
]

type WakeupTableProps = { companyId: string; rows: readonly Wakeup[]; ofOneAgent?: boolean }

export function WakeupTable({ companyId, rows, ofOneAgent = false }: WakeupTableProps) {
  return (
    <Table label="Wakeups" columns={ofOneAgent ? columns.filter((column) => column.label !== 'Agent') : columns}>
      {rows.map((wakeup) => (
        <WakeupRow
          key={wakeup.id}
          companyId={companyId}
          wakeup={wakeup}
          agentName={ofOneAgent ? null : wakeup.agentName}
        />
      ))}
    </Table>
  )
}

type WakeupRowProps = { companyId: string; wakeup: Wakeup; agentName: string | null }

function WakeupRow({ companyId, wakeup, agentName }: WakeupRowProps) {
  const why = whyOf(wakeup.source, wakeup.triggerDetail)
  const words = wakeup.status === 'skipped' ? skipSentence(wakeup.skipReason) : (wakeup.reason ?? '')
  return (
    <Row>
      <Cell place="trail">
        <StatusMark status={wakeup.status} />
      </Cell>
      {agentName === null ? (
        <Cell place="lead">{why}</Cell>
      ) : (
        <>
          <Cell place="lead">
            <Link
              href={`/${companyId}/agents/${wakeup.agentId}`}
              className="font-medium hover:underline"
              title={agentName}
            >
              {agentName || 'Agent'}
            </Link>
          </Cell>
          <Cell place="wide" className="text-muted">
            {why}
          </Cell>
        </>
      )}
      <Cell place="below" className="text-muted max-sm:whitespace-normal" title={words}>
        {agentName !== null && <span className="sm:hidden">{words ? `${why} · ` : why}</span>}
        {words}
        {wakeup.coalescedCount > 0 && <Merged count={wakeup.coalescedCount} />}
      </Cell>
      <Cell place="wide">
        {wakeup.runId && (
          <Link href={`/${companyId}/runs/${wakeup.runId}`} className="text-accent hover:underline">
            <ShortId id={wakeup.runId} />
          </Link>
        )}
      </Cell>
      <Cell place="belowTrail" className="text-right text-muted">
        <Ago at={wakeup.requestedAt} />
      </Cell>
    </Row>
  )
}

function Merged({ count }: { count: number }) {
  return (
    <span className="ml-2 rounded bg-selected px-1.5 text-small" title="Wakeups that were merged into this one">
      +{count} coalesced
    </span>
  )
}
