'use client'

import { ArrowDown, ArrowUp } from 'lucide-react'
import Link from 'next/link'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { Outcomes } from '@/app/_components/outcomes'
import { SelectAll, SelectOne } from '@/app/_components/select-boxes'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, rowLinkClass, Table } from '@/app/_components/table'
import type { Selection } from '@/app/_components/use-selection'
import { Ago } from '@/app/_time/times'
import type { Agent } from '@/app/_trpc/client'
import type { AgentSort } from '@/server/domain/agent-status'
import { formatMicros } from '@/server/domain/money'
import type { FinalRunStatus } from '@/server/domain/run-status'
import { NextHeartbeat } from './next-heartbeat'
import type { AgentFilters } from './use-agent-filters'

type SortColumn = { label: string; className?: string; sort?: AgentSort; isRight?: boolean }

const columns: readonly SortColumn[] = [
  { label: 'Status', className: 'w-32', sort: 'status' },
  { label: 'Agent', sort: 'name' },
  { label: 'Adapter', className: 'w-28 max-lg:hidden' },
  { label: 'Last runs', className: 'w-28 max-xl:hidden' },
  { label: 'Last heartbeat', className: 'w-32', sort: 'lastHeartbeat' },
  { label: 'Next heartbeat', className: 'w-32', sort: 'nextHeartbeat' },
  { label: 'Spent this month', className: 'w-36 text-right', sort: 'spent', isRight: true },
]

type AgentTableProps = {
  companyId: string
  rows: readonly Agent[]
  outcomes: ReadonlyMap<string, FinalRunStatus[]>
  filters: AgentFilters
  /** Undefined if the reader may not change agents. */
  selection: Selection | undefined
}

export function AgentTable({ companyId, rows, outcomes, filters, selection }: AgentTableProps) {
  const { sort, down } = filters.chosen
  const box = selection && {
    label: 'Selected',
    className: 'w-11',
    head: <SelectAll label="Select all agents shown" ids={rows.map((agent) => agent.id)} selection={selection} />,
  }
  const heads = columns.map((column) => ({
    ...column,
    sorted: column.sort === sort ? (down ? 'descending' : 'ascending') : null,
    head: column.sort && <SortHead column={column} filters={filters} />,
  })) satisfies Parameters<typeof Table>[0]['columns']
  return (
    <Table label="Agents" columns={box ? [box, ...heads] : heads}>
      {rows.map((agent) => (
        <AgentRow
          key={agent.id}
          companyId={companyId}
          agent={agent}
          outcomes={outcomes.get(agent.id) ?? []}
          selection={selection}
        />
      ))}
    </Table>
  )
}

type AgentRowProps = Pick<AgentTableProps, 'companyId' | 'selection'> & {
  agent: Agent
  outcomes: readonly FinalRunStatus[]
}

function AgentRow({ companyId, agent, outcomes, selection }: AgentRowProps) {
  return (
    <Row>
      {selection && (
        <Cell area="wide" className="relative z-10 overflow-visible">
          <SelectOne
            label={`Select ${agent.name}`}
            isSelected={selection.has(agent.id)}
            onToggle={() => selection.toggle(agent.id)}
          />
        </Cell>
      )}
      <Cell area="trail">
        <StatusMark status={agent.status} />
      </Cell>
      <Cell area="lead">
        <span className="flex min-w-0 items-center gap-2">
          <Link
            href={`/${companyId}/agents/${agent.id}`}
            data-row-link
            className={`${rowLinkClass} min-w-0 truncate`}
            title={agent.name}
            prefetch={false}
          >
            {agent.name}
          </Link>
          <BudgetBadge of={agent} />
        </span>
      </Cell>
      <Cell area="wide" className="font-mono text-muted text-small max-lg:hidden">
        {agent.adapterType}
      </Cell>
      <Cell area="wide" className="max-xl:hidden">
        <Outcomes of={outcomes} />
      </Cell>
      <Cell area="below" className="text-muted">
        {agent.lastHeartbeatAt && <span className="sm:hidden">Last </span>}
        <Ago at={agent.lastHeartbeatAt} none="not woken yet" />
      </Cell>
      <Cell area="belowTrail" className="text-muted">
        <NextHeartbeat agent={agent} />
      </Cell>
      <Cell area="wide" className="text-right">
        {formatMicros(agent.spentMonthlyMicros)}
      </Cell>
    </Row>
  )
}

function SortHead({ column, filters }: { column: SortColumn; filters: AgentFilters }) {
  const { sort, isRight, label } = column
  if (!sort) return label
  const isSorted = filters.chosen.sort === sort
  const Arrow = filters.chosen.down ? ArrowDown : ArrowUp
  return (
    <button
      type="button"
      onClick={() => void filters.sortBy(sort)}
      className={`inline-flex items-center gap-1 rounded hover:text-ink ${isRight ? 'flex-row-reverse' : ''} ${isSorted ? 'font-medium text-ink' : ''}`}
    >
      {label}
      {isSorted && <Arrow aria-hidden className="size-3" />}
    </button>
  )
}
