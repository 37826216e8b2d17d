'use client'

import Link from 'next/link'
import { ShortId } from '@/app/_components/short-id'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, rowLinkClass, Table } from '@/app/_components/table'
import { errorWords, whyOf } from '@/app/_components/words'
import { Ago, Elapsed } from '@/app/_time/times'
import type { Run } from '@/app/_trpc/client'
import { useAgentNames } from '../_shell/agent-names'

const columns = [
  { label: 'Status', className: 'w-48' },
  { label: 'Agent', className: 'w-[22%]' },
  { label: 'Run', className: 'w-20' },
  { label: 'Why', className: 'w-28' },
  { label: 'Result' },
  { label: 'Duration', className: 'w-24 text-right' },
  { label: 'When', className: 'w-32 text-right' },
]

type RunTableProps = { companyId: string; rows: readonly Run[]; ofOneAgent?: boolean }

export function RunTable({ companyId, rows, ofOneAgent = false }: RunTableProps) {
  const nameOf = useAgentNames(companyId)
  return (
    <Table label="Runs" columns={ofOneAgent ? columns.filter((column) => column.label !== 'Agent') : columns}>
      {rows.map((run) => (
        <RunRow key={run.id} companyId={companyId} run={run} agentName={ofOneAgent ? null : nameOf(run.agentId)} />
      ))}
    </Table>
  )
}

function RunRow({ companyId, run, agentName }: { companyId: string; run: Run; agentName: string | null }) {
  const href = `/${companyId}/runs/${run.id}` as const
  const cancelling = run.status === 'running' && run.cancelRequestedAt !== null
  return (
    <Row>
      <Cell place="trail">
        <StatusMark status={run.status} note={cancelling ? 'cancelling' : undefined} />
      </Cell>
      {agentName === null ? (
        <Cell place="lead">
          <Link href={href} className={rowLinkClass}>
            <ShortId id={run.id} />
          </Link>
        </Cell>
      ) : (
        <>
          <Cell place="lead">
            <Link href={href} className={rowLinkClass} title={agentName}>
              {agentName || 'Run'}
            </Link>
          </Cell>
          <Cell place="wide" className="text-muted">
            <ShortId id={run.id} />
          </Cell>
        </>
      )}
      <Cell place="wide" className="text-muted">
        {run.retryOfRunId ? 'Retry' : whyOf(run.invocationSource, run.triggerDetail)}
      </Cell>
      <Cell place="below" className="text-muted" title={run.error ?? undefined}>
        <span className="sm:hidden">{whyOf(run.invocationSource, run.triggerDetail)} · </span>
        {run.error ?? (run.errorCode ? errorWords[run.errorCode] : '')}
        {!run.error && (
          <span className="sm:hidden">
            <Ago at={run.createdAt} />
          </span>
        )}
      </Cell>
      <Cell place="belowTrail" className="text-right">
        <Elapsed from={run.startedAt} to={run.finishedAt} />
      </Cell>
      <Cell place="wide" className="text-right text-muted">
        <Ago at={run.createdAt} />
      </Cell>
    </Row>
  )
}
