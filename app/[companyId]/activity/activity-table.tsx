'use client'

import { shortId } from '@/app/_components/short-id'
import { Cell, Row, Table } from '@/app/_components/table'
import { Ago } from '@/app/_time/times'
import type { Outputs } from '@/app/_trpc/client'
import { wordsOfAction } from '@/server/domain/activity'
import type { JsonObject } from '@/server/domain/json'
import type { ActivityFilters } from './use-activity-filters'

export type ActivityLine = Outputs['activity']['list']['items'][number]

const columns = [
  { label: 'Who', className: 'w-[20%]' },
  { label: 'What' },
  { label: 'From', className: 'w-[28%]' },
  { label: 'When', className: 'w-32 text-right' },
]

export function ActivityTable({ lines, set }: { lines: readonly ActivityLine[]; set: ActivityFilters['set'] }) {
  return (
    <Table label="Activity" columns={columns}>
      {lines.map((line) => (
        <Row key={line.id}>
          <Cell area="lead">
            <Pick text={actorOf(line)} onPick={line.actorId ? () => set.actorId(line.actorId ?? '') : null} strong />
          </Cell>
          <Cell area="below" title={JSON.stringify(line.details)}>
            <div className="flex min-w-0 items-baseline gap-x-1.5">
              <span className="shrink-0">{wordsOfAction(line.action)}</span>
              <Pick text={subjectOf(line)} onPick={line.subjectId ? () => set.subjectId(line.subjectId ?? '') : null} />
              <span className="min-w-0 shrink-[3] truncate text-muted">{detailOf(line.details)}</span>
            </div>
          </Cell>
          <Cell area="wide" className="text-muted" title={fromOf(line)}>
            {fromOf(line)}
          </Cell>
          <Cell area="trail" className="text-right text-muted">
            <Ago at={line.createdAt} />
          </Cell>
        </Row>
      ))}
    </Table>
  )
}

type PickProps = { text: string; onPick: (() => void) | null; strong?: boolean }

/** A name that filters the list when it is clicked. */
function Pick({ text, onPick, strong = false }: PickProps) {
  if (!onPick || text === '') return <span className={strong ? 'font-medium' : undefined}>{text}</span>
  return (
    <button
      type="button"
      onClick={onPick}
      title={`Show only ${text}`}
      className={`min-w-0 max-w-full truncate text-left hover:underline ${strong ? 'font-medium' : 'text-accent'}`}
    >
      {text}
    </button>
  )
}

export function actorOf({ actorType, actorId, actorName, via }: ActivityLine): string {
  if (actorName !== null) return actorName
  if (actorId === null && (via === 'password' || via === 'link')) return 'Unknown person'
  if (actorType === 'system') return 'Reveille'
  return actorId === null ? 'REVEILLE_TOKEN' : shortId(actorId)
}

export function subjectOf({ subjectType, subjectId, subjectName }: ActivityLine): string {
  if (subjectName !== null) return subjectName
  if (subjectId === null) return ''
  return subjectType === 'secret' ? subjectId : shortId(subjectId)
}

const viaLabels: Record<string, string> = {
  operator_token: 'by REVEILLE_TOKEN',
  personal_token: 'by a token',
  agent: 'by a key',
  run: 'by a run',
  password: 'by a password',
  link: 'by a link',
}

function fromOf({ address, userAgent, via }: ActivityLine): string {
  return [address, userAgent, via === null ? null : viaLabels[via]].filter(Boolean).join(' · ')
}

const fieldLabels: Record<string, string> = {
  adapterConfig: 'adapter config',
  adapterType: 'adapter',
  budgetMonthlyMicros: 'budget',
  maxConcurrentRuns: 'concurrent runs',
  runtimeConfig: 'heartbeat policy',
}

/** The details that fit in the row. The cell's title has all of them. */
function detailOf(details: JsonObject): string {
  const { changed, role, status } = details
  const parts = [
    Array.isArray(changed) ? changed.map((name) => fieldLabels[name] ?? name).join(', ') : null,
    role,
    status,
  ]
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' · ')
}
