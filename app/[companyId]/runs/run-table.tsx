'use client'

import Link from 'next/link'
import { memo } from 'react'
import { errorLabels, triggerLabel } from '@/app/_components/labels'
import { SelectAll, SelectOne } from '@/app/_components/select-boxes'
import { ShortId, shortId } from '@/app/_components/short-id'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, rowLinkClass, Table } from '@/app/_components/table'
import type { Selection } from '@/app/_components/use-selection'
import { Ago, Elapsed } from '@/app/_time/times'
import type { Run } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'

const columns = [
  { label: 'Status', className: 'w-36' },
  { label: 'Agent', className: 'w-[22%]' },
  { label: 'Run', className: 'w-20' },
  { label: 'Why', className: 'w-24' },
  { label: 'Result' },
  { label: 'Duration', className: 'w-24 text-right' },
  { label: 'When', className: 'w-28 text-right' },
]

type RunTableProps = {
  companyId: string
  rows: readonly Run[]
  ofOneAgent?: boolean
  /** If given, runs that can be cancelled are selectable. */
  selection?: Selection
}

export function RunTable({ companyId, rows, ofOneAgent = false, selection }: RunTableProps) {
  const shown = ofOneAgent ? columns.filter((column) => column.label !== 'Agent') : columns
  const live = rows.filter((run) => !isFinal(run.status)).map((run) => run.id)
  const box = selection && {
    label: 'Selected',
    className: 'w-11',
    head: <SelectAll label="Select all queued and running runs" ids={live} selection={selection} />,
  }
  return (
    <Table label="Runs" columns={box ? [box, ...shown] : shown}>
      {rows.map((run) => (
        <RunRow
          key={run.id}
          companyId={companyId}
          run={run}
          ofOneAgent={ofOneAgent}
          isSelected={selection?.has(run.id)}
          onToggle={selection?.toggle}
        />
      ))}
    </Table>
  )
}

type RunRowProps = {
  companyId: string
  run: Run
  ofOneAgent: boolean
  /** Undefined if rows are not selectable. */
  isSelected: boolean | undefined
  onToggle: ((id: string) => void) | undefined
}

/** Rendered again only when its run has changed: a list may have a thousand rows. */
const RunRow = memo(function RunRow({ companyId, run, ofOneAgent, isSelected, onToggle }: RunRowProps) {
  const href = `/${companyId}/runs/${run.id}` as const
  const cancelling = run.status === 'running' && run.cancelRequestedAt !== null
  return (
    <Row>
      {onToggle && (
        <Cell area="wide" className="relative z-10 overflow-visible">
          {!isFinal(run.status) && (
            <SelectOne
              label={`Select run ${shortId(run.id)}`}
              isSelected={isSelected === true}
              onToggle={() => onToggle(run.id)}
            />
          )}
        </Cell>
      )}
      <Cell area="trail">
        <StatusMark status={run.status} note={cancelling ? 'cancelling' : undefined} />
      </Cell>
      {ofOneAgent ? (
        <Cell area="lead">
          <Link href={href} data-row-link className={rowLinkClass}>
            <ShortId id={run.id} />
          </Link>
        </Cell>
      ) : (
        <>
          <Cell area="lead">
            <Link href={href} data-row-link className={rowLinkClass} title={run.agentName}>
              {run.agentName}
            </Link>
          </Cell>
          <Cell area="wide" className="text-muted">
            <ShortId id={run.id} />
          </Cell>
        </>
      )}
      <Cell area="wide" className="text-muted">
        {run.retryOfRunId ? 'Retry' : triggerLabel(run.invocationSource, run.triggerDetail)}
      </Cell>
      <Cell area="below" className="text-muted" title={run.error ?? undefined}>
        <span className="sm:hidden">{triggerLabel(run.invocationSource, run.triggerDetail)} · </span>
        {run.error ?? (run.errorCode ? errorLabels[run.errorCode] : '')}
        {!run.error && (
          <span className="sm:hidden">
            <Ago at={run.createdAt} />
          </span>
        )}
      </Cell>
      <Cell area="belowTrail" className="text-right">
        <Elapsed from={run.startedAt} to={run.finishedAt} />
      </Cell>
      <Cell area="wide" className="text-right text-muted">
        <Ago at={run.createdAt} />
      </Cell>
    </Row>
  )
})
