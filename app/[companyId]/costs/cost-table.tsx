import Link from 'next/link'
import { Cell, Row, rowLinkClass, Table } from '@/app/_components/table'
import { formatMicros } from '@/server/domain/money'
import { formatTokens } from './cost-stats'
import type { CostItem } from './csv'

const leads = { day: 'Day (UTC)', agent: 'Agent', model: 'Model' } as const

type CostTableProps = { companyId: string; group: keyof typeof leads; items: readonly CostItem[] }

export function CostTable({ companyId, group, items }: CostTableProps) {
  const total = items.reduce((sum, item) => sum + item.costMicros, 0)
  const columns = [
    { label: leads[group] },
    { label: 'Charged', className: 'w-32 text-right' },
    { label: 'Share', className: 'w-32 text-right max-lg:hidden 2xl:w-[30%]' },
    { label: 'Estimated part', className: 'w-32 text-right' },
    { label: 'Unpriced', className: 'w-28 text-right' },
    { label: 'Input', className: 'w-24 text-right' },
    { label: 'Cached', className: 'w-24 text-right max-lg:hidden' },
    { label: 'Output', className: 'w-24 text-right' },
  ]
  // Newest day first.
  const rows = group === 'day' ? items.toReversed() : items
  return (
    <Table label={`Costs, ${leads[group]}`} columns={columns}>
      {rows.map((item) => (
        <CostRow key={item.key} companyId={companyId} group={group} item={item} total={total} />
      ))}
    </Table>
  )
}

type CostRowProps = { companyId: string; group: CostTableProps['group']; item: CostItem; total: number }

function CostRow({ companyId, group, item, total }: CostRowProps) {
  return (
    <Row>
      <Cell area="lead" title={item.key}>
        {group === 'agent' ? (
          <Link href={`/${companyId}/agents/${item.key}`} className={rowLinkClass} prefetch={false}>
            {item.label}
          </Link>
        ) : (
          <span className="font-medium">{group === 'model' ? item.key : item.label}</span>
        )}
      </Cell>
      <Cell area="trail" className="text-right">
        {item.costMicros === 0 && item.unpricedRuns > 0 ? (
          <span className="text-muted">unpriced</span>
        ) : (
          formatMicros(item.costMicros)
        )}
      </Cell>
      <Cell area="wide" className="text-right max-lg:hidden">
        {item.costMicros === 0 && item.unpricedRuns > 0 ? '–' : <Share of={item.costMicros} total={total} />}
      </Cell>
      <Cell area="wide" className="text-right text-muted">
        {item.estimatedMicros > 0 ? formatMicros(item.estimatedMicros) : '–'}
      </Cell>
      <Cell area="belowTrail" className="text-right text-muted">
        {item.unpricedRuns > 0 ? (
          <>
            {item.unpricedRuns} {item.unpricedRuns === 1 ? 'run' : 'runs'}
            <span className="sm:hidden"> unpriced</span>
          </>
        ) : (
          <span className="max-sm:hidden">–</span>
        )}
      </Cell>
      <Cell area="below" className="text-muted sm:text-right">
        <span className="sm:hidden">
          Tokens {formatTokens(item.inputTokens + item.cachedInputTokens + item.outputTokens)}
        </span>
        <span className="max-sm:hidden">{formatTokens(item.inputTokens)}</span>
      </Cell>
      <Cell area="wide" className="text-right text-muted max-lg:hidden">
        {formatTokens(item.cachedInputTokens)}
      </Cell>
      <Cell area="wide" className="text-right text-muted">
        {formatTokens(item.outputTokens)}
      </Cell>
    </Row>
  )
}

function Share({ of, total }: { of: number; total: number }) {
  const percent = total === 0 ? 0 : (100 * of) / total
  return (
    <span className="flex items-center justify-end gap-2">
      <span aria-hidden className="h-1.5 w-14 overflow-hidden rounded-full bg-selected 2xl:w-auto 2xl:flex-1">
        <span className="block h-full bg-bar-cost" style={{ width: `${percent}%` }} />
      </span>
      <span className="w-9">{percent > 0 && percent < 1 ? '< 1' : Math.round(percent)} %</span>
    </span>
  )
}
