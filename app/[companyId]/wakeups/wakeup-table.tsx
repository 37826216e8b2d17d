'use client'

import Link from 'next/link'
import { memo } from 'react'
import { skipMessage, triggerLabel } from '@/app/_components/labels'
import { ShortId } from '@/app/_components/short-id'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, Table } from '@/app/_components/table'
import { Ago } from '@/app/_time/times'
import type { Wakeup } from '@/app/_trpc/client'

const columns = [
  { label: 'Status', className: 'w-34' },
  { label: 'Agent', className: 'w-[17%]' },
  { label: 'Source', className: 'w-24' },
  { label: 'Reason', className: 'w-[17%]' },
  { label: 'Outcome' },
  { label: 'Run', className: 'w-20' },
  { label: 'When', className: 'w-28 text-right' },
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

/** Rendered again only when its wakeup has changed. */
const WakeupRow = memo(function WakeupRow({ companyId, wakeup, agentName }: WakeupRowProps) {
  const why = triggerLabel(wakeup.source, wakeup.triggerDetail)
  const outcome = outcomeOf(wakeup)
  const reason = wakeup.reason ?? ''
  return (
    <Row>
      <Cell area="trail">
        <StatusMark status={wakeup.status} />
      </Cell>
      {agentName === null ? (
        <Cell area="lead">{why}</Cell>
      ) : (
        <>
          <Cell area="lead">
            <Link
              href={`/${companyId}/agents/${wakeup.agentId}`}
              className="font-medium hover:underline"
              title={agentName}
            >
              {agentName || 'Agent'}
            </Link>
          </Cell>
          <Cell area="wide" className="text-muted">
            {why}
          </Cell>
        </>
      )}
      <Cell area="wide" className="text-muted" title={reason}>
        {reason || <span className="text-faint">–</span>}
      </Cell>
      <Cell area="below" className="text-muted max-sm:whitespace-normal" title={outcome}>
        <span className="sm:hidden">
          {[agentName === null ? null : why, reason, outcome].filter(Boolean).join(' · ')}
        </span>
        <span className="max-sm:hidden">{outcome}</span>
        {wakeup.coalescedCount > 0 && <Merged count={wakeup.coalescedCount} />}
      </Cell>
      <Cell area="wide">
        {wakeup.runId && (
          <Link href={`/${companyId}/runs/${wakeup.runId}`} className="text-accent hover:underline">
            <ShortId id={wakeup.runId} />
          </Link>
        )}
      </Cell>
      <Cell area="belowTrail" className="text-right text-muted">
        <Ago at={wakeup.requestedAt} />
      </Cell>
    </Row>
  )
})

function outcomeOf({ status, skipReason, source }: Wakeup): string {
  switch (status) {
    case 'skipped':
      return skipMessage(skipReason)
    case 'coalesced':
      return source === 'timer' ? 'Joined an existing run. The timer continues.' : 'Joined an existing run.'
    case 'queued':
      return 'Its run is queued.'
    case 'claimed':
      return 'Its run is in progress.'
    case 'completed':
      return 'Its run succeeded.'
    case 'failed':
      return 'Its run failed.'
    case 'cancelled':
      return 'Its run was cancelled.'
    case 'timed_out':
      return 'Its run timed out.'
  }
}

function Merged({ count }: { count: number }) {
  return (
    <span className="ml-2 rounded bg-selected px-1.5 text-small" title="Wakeups that joined this one">
      {count} joined
    </span>
  )
}
