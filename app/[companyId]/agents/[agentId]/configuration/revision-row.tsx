import { Allowed } from '@/app/_access/allowed'
import { formatExact } from '@/app/_time/format'
import { Ago } from '@/app/_time/times'
import type { Agent } from '@/app/_trpc/client'
import { formatMicros } from '@/server/domain/money'
import { RestoreRevision } from './restore-revision'
import { type Difference, differencesOf, type Revision, settingsOf } from './settings-diff'

type RevisionRowProps = {
  agent: Agent
  revision: Revision
  /** The previous revision: undefined while it is not loaded, null if there is none. */
  before: Revision | null | undefined
  isCurrent: boolean
}

export function RevisionRow({ agent, revision, before, isCurrent }: RevisionRowProps) {
  const differences = before ? differencesOf(settingsOf(before), settingsOf(revision)) : []
  return (
    <li className="grid gap-2 border-b px-4 py-3 sm:px-6" aria-label={`Configuration ${revision.number}`}>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">Configuration {revision.number}</span>
        {isCurrent && <span className="rounded bg-selected px-1.5 text-small">current</span>}
        <span className="text-muted" title={formatExact(revision.createdAt)}>
          {authorOf(revision)} · <Ago at={revision.createdAt} />
        </span>
        <span className="ml-auto">
          {!isCurrent && agent.status !== 'terminated' && (
            <Allowed to="agent.update">
              <RestoreRevision agent={agent} revision={revision} />
            </Allowed>
          )}
        </span>
      </p>
      {before === null && <p className="text-muted">Initial configuration.</p>}
      {differences.length > 0 && (
        <dl className="grid gap-1 font-mono text-small">
          {differences.map((difference) => (
            <Change key={difference.path} difference={difference} />
          ))}
        </dl>
      )}
    </li>
  )
}

function Change({ difference: { path, before, after } }: { difference: Difference }) {
  return (
    <div className="grid gap-x-3 sm:grid-cols-[16rem_minmax(0,1fr)]">
      <dt className="text-muted [overflow-wrap:anywhere]">{path}</dt>
      <dd className="grid gap-0.5 [overflow-wrap:anywhere]">
        {before !== undefined && (
          <del className="whitespace-pre-wrap text-failed no-underline">
            <span className="select-none">− </span>
            {formatted(path, before)}
          </del>
        )}
        {after !== undefined && (
          <ins className="whitespace-pre-wrap text-succeeded no-underline">
            <span className="select-none">+ </span>
            {formatted(path, after)}
          </ins>
        )}
      </dd>
    </div>
  )
}

function formatted(path: string, value: unknown): string {
  if (path === 'budgetMonthlyMicros') return typeof value === 'number' ? formatMicros(value) : 'no budget'
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

function authorOf({ actorType, actorName }: Revision): string {
  if (actorName) return actorName
  return actorType === 'user' ? 'REVEILLE_TOKEN' : actorType === 'agent' ? 'An agent' : 'Reveille'
}
