import { CircleDollarSign, Server, VolumeX } from 'lucide-react'
import type { Route } from 'next'
import Link from 'next/link'
import { memo, type ReactNode } from 'react'
import { useCan } from '@/app/_access/use-can'
import { StatusShape } from '@/app/_components/status-mark'
import { Ago, Elapsed } from '@/app/_time/times'
import { formatMicros } from '@/server/domain/money'
import type { Board } from './board-screen'

type Item = Board['attention']['items'][number]
type Notice = { key: string; icon: ReactNode; title: ReactNode; note: ReactNode; href: Route }

/** Typed routes reject a path that is computed outside its link. */
const routeOf = (path: string) => path as Route

type NeedsAttentionProps = { companyId: string; attention: Board['attention'] }

/** What needs attention first. Each item links to the page where it can be fixed. */
export const NeedsAttention = memo(function NeedsAttention({ companyId, attention }: NeedsAttentionProps) {
  const canEdit = useCan()('agent.update')
  const notices = attention.items.map((item) => noticeOf(item, companyId, canEdit))
  return (
    <section
      aria-label="Needs attention"
      className="border-b px-4 pt-4 pb-3 sm:px-6 xl:col-start-2 xl:row-start-1 xl:border-b-0 xl:border-l xl:px-5"
    >
      <h2 className="pb-1.5 font-semibold">Needs attention</h2>
      {notices.length === 0 && (
        <p className="flex items-center gap-2 text-muted">
          <StatusShape status="succeeded" />
          Nothing. No agent is failing, no run is silent, no budget is nearly spent.
        </p>
      )}
      <ul>
        {notices.map(({ key, icon, title, note, href }) => (
          <li key={key} className="relative flex gap-2.5 border-b py-2 last:border-b-0 hover:bg-hover">
            <span className="pt-[3px]">{icon}</span>
            <div className="min-w-0">
              <Link
                href={href}
                prefetch={false}
                className="font-medium [overflow-wrap:anywhere] after:absolute after:inset-0"
              >
                {title}
              </Link>
              <p className="line-clamp-2 text-muted text-small [overflow-wrap:anywhere]">{note}</p>
            </div>
          </li>
        ))}
      </ul>
      {attention.more > 0 && (
        <p className="pt-1 text-muted text-small">
          <Link href={`/${companyId}/agents`} className="text-accent hover:underline">
            {attention.more} more failing
          </Link>
        </p>
      )}
    </section>
  )
})

function noticeOf(item: Item, companyId: string, canEdit: boolean): Notice {
  switch (item.kind) {
    case 'agent_failing':
      return {
        key: `failing ${item.agentId}`,
        icon: <StatusShape status="failed" />,
        title:
          item.failuresInARow > 1
            ? `${item.agentName} failed ${item.failuresInARow} times in a row`
            : `${item.agentName} failed`,
        note: item.error ?? 'Its last run shows the reason.',
        href: routeOf(item.runId ? `/${companyId}/runs/${item.runId}` : `/${companyId}/agents/${item.agentId}`),
      }
    case 'run_silent':
      return {
        key: `silent ${item.runId}`,
        icon: <VolumeX aria-hidden className="size-3.5 text-timed-out" />,
        title: (
          <>
            {item.agentName} has been silent for <Elapsed from={item.lastOutputAt} to={null} />
          </>
        ),
        note: 'It is running but has written no output since.',
        href: routeOf(`/${companyId}/runs/${item.runId}`),
      }
    case 'agent_budget':
      return {
        key: `budget ${item.agentId}`,
        icon: budgetIcon,
        title: `${item.agentName}: ${budgetTitle(item)}`,
        note: budgetNote(item),
        href: routeOf(`/${companyId}/agents/${item.agentId}/${canEdit ? 'edit' : 'costs'}`),
      }
    case 'company_budget':
      return {
        key: 'budget',
        icon: budgetIcon,
        title: `The company: ${budgetTitle(item)}`,
        note: budgetNote(item),
        href: routeOf(`/${companyId}/settings`),
      }
    case 'server_lost':
      return {
        key: `server ${item.serverId}`,
        icon: <Server aria-hidden className="size-3.5 text-failed" />,
        title: `The server on ${item.host} was lost`,
        note: (
          <>
            <Ago at={item.lostAt} />. Its runs have ended; they are retried where the agent allows it.
          </>
        ),
        href: routeOf(`/${companyId}/servers`),
      }
  }
}

const budgetIcon = <CircleDollarSign aria-hidden className="size-3.5 text-timed-out" />

type Spend = { spentMicros: number; budgetMicros: number }

function budgetTitle({ spentMicros, budgetMicros }: Spend): string {
  if (spentMicros >= budgetMicros) return 'the budget is spent'
  return `${Math.floor((100 * spentMicros) / budgetMicros)} % of the budget is spent`
}

function budgetNote({ spentMicros, budgetMicros }: Spend): string {
  const spent = `${formatMicros(spentMicros)} of ${formatMicros(budgetMicros)} this month.`
  return spentMicros >= budgetMicros ? `${spent} Until it is raised, no agent under this budget is woken.` : spent
}
