import Link from 'next/link'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, rowLinkClass, Table } from '@/app/_components/table'
import { Ago } from '@/app/_time/times'
import type { Agent } from '@/app/_trpc/client'
import { formatMicros } from '@/server/domain/money'
import { NextHeartbeat } from './next-heartbeat'

const columns = [
  { label: 'Status', className: 'w-32' },
  { label: 'Agent' },
  { label: 'Adapter', className: 'w-36' },
  { label: 'Last heartbeat', className: 'w-36' },
  { label: 'Next heartbeat', className: 'w-36' },
  { label: 'Spent this month', className: 'w-40 text-right' },
]

export function AgentTable({ companyId, rows }: { companyId: string; rows: readonly Agent[] }) {
  return (
    <Table label="Agents" columns={columns}>
      {rows.map((agent) => (
        <Row key={agent.id}>
          <Cell place="trail">
            <StatusMark status={agent.status} />
          </Cell>
          <Cell place="lead">
            <Link href={`/${companyId}/agents/${agent.id}`} className={rowLinkClass} title={agent.name}>
              {agent.name}
            </Link>{' '}
            <BudgetBadge of={agent} />
          </Cell>
          <Cell place="wide" className="font-mono text-muted text-small">
            {agent.adapterType}
          </Cell>
          <Cell place="below" className="text-muted">
            {agent.lastHeartbeatAt && <span className="sm:hidden">Last </span>}
            <Ago at={agent.lastHeartbeatAt} none="never" />
          </Cell>
          <Cell place="belowTrail" className="text-muted">
            <NextHeartbeat agent={agent} />
          </Cell>
          <Cell place="wide" className="text-right">
            {formatMicros(agent.spentMonthlyMicros)}
          </Cell>
        </Row>
      ))}
    </Table>
  )
}
