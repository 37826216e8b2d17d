'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { memo } from 'react'
import { BudgetBadge } from '@/app/_components/budget-badge'
import { Outcomes } from '@/app/_components/outcomes'
import { SectionTitle } from '@/app/_components/page'
import { StatusMark } from '@/app/_components/status-mark'
import { Cell, Row, rowLinkClass, Table } from '@/app/_components/table'
import { useFrozenOrder } from '@/app/_live/use-frozen-order'
import { Ago, Elapsed } from '@/app/_time/times'
import { useTRPC } from '@/app/_trpc/client'
import { NextHeartbeat } from '@/app/[companyId]/agents/next-heartbeat'
import { formatMicros } from '@/server/domain/money'
import type { Board } from './board-screen'

type BoardAgent = Board['agents'][number]

const columns = [
  { label: 'Status', className: 'w-28' },
  { label: 'Agent', className: 'w-[26%]' },
  { label: 'Last line' },
  { label: 'Recent runs', className: 'w-28 max-lg:hidden' },
  { label: 'Run', className: 'w-28 text-right max-2xl:pr-6' },
  { label: 'Next', className: 'w-28 text-right max-2xl:hidden' },
  { label: 'This month', className: 'w-28 text-right max-2xl:hidden' },
]

export function BoardAgents({ companyId, board }: { companyId: string; board: Board }) {
  const rows = useFrozenOrder(board.agents, companyId)
  const lineOf = useLastLines(companyId, board.agents)
  const { terminated: _terminated, ...living } = board.counts
  const all = Object.values(living).reduce((sum, count) => sum + count, 0)
  return (
    <section aria-label="Agents">
      <SectionTitle
        aside={
          <Link href={`/${companyId}/agents`} className="text-accent text-small hover:underline">
            {all > rows.length ? `All ${all} agents` : 'All agents'}
          </Link>
        }
      >
        Agents
      </SectionTitle>
      <Table label="Agents" columns={columns}>
        {rows.map((agent) => (
          <AgentRow key={agent.id} companyId={companyId} agent={agent} line={agent.run ? lineOf(agent.run.id) : null} />
        ))}
      </Table>
    </section>
  )
}

/** The last output line of each running run, refetched every two seconds while the page is visible. */
function useLastLines(companyId: string, agents: readonly BoardAgent[]): (runId: string) => string | null {
  const api = useTRPC()
  const runIds = agents.flatMap((agent) => (agent.run ? [agent.run.id] : [])).sort()
  const { data } = useQuery(
    api.board.lastLines.queryOptions(
      { companyId, runIds },
      // Each set of runs has its own cache entry, which is dropped soon after the set changes.
      {
        enabled: runIds.length > 0,
        refetchInterval: 2_000,
        placeholderData: keepPreviousData,
        gcTime: 5_000,
      },
    ),
  )
  return (runId) => data?.items.find((line) => line.runId === runId)?.text ?? null
}

type AgentRowProps = { companyId: string; agent: BoardAgent; line: string | null }

/** Rendered again only when its agent or its line has changed. */
const AgentRow = memo(function AgentRow({ companyId, agent, line }: AgentRowProps) {
  const { run, lastRun } = agent
  return (
    <Row>
      <Cell area="trail">
        <StatusMark status={agent.status} />
      </Cell>
      <Cell area="lead">
        <span className="flex min-w-0 items-center gap-2">
          <Link
            href={`/${companyId}/agents/${agent.id}`}
            className={`${rowLinkClass} min-w-0 truncate`}
            title={agent.name}
            prefetch={false}
          >
            {agent.name}
          </Link>
          <BudgetBadge of={agent} />
        </span>
      </Cell>
      <Cell area="below" className="text-muted" title={run ? (line ?? undefined) : (lastRun?.error ?? undefined)}>
        {run ? <span className="font-mono text-small">{line ?? '…'}</span> : <Ended lastRun={lastRun} />}
      </Cell>
      <Cell area="wide" className="max-lg:hidden">
        <Outcomes of={agent.outcomes} />
      </Cell>
      <Cell area="belowTrail" className="text-right text-muted max-2xl:pr-6">
        {run ? (
          <Link
            href={`/${companyId}/runs/${run.id}`}
            prefetch={false}
            className="relative z-[1] text-running hover:underline"
          >
            <Elapsed from={run.startedAt} to={null} />
          </Link>
        ) : (
          <Ago at={lastRun?.finishedAt ?? null} none="never" />
        )}
      </Cell>
      <Cell area="wide" className="text-right text-muted max-2xl:hidden">
        <NextHeartbeat agent={agent} />
      </Cell>
      <Cell area="wide" className="text-right max-2xl:hidden">
        {formatMicros(agent.spentMonthlyMicros)}
      </Cell>
    </Row>
  )
})

function Ended({ lastRun }: { lastRun: BoardAgent['lastRun'] }) {
  if (!lastRun) return <span>Not woken yet</span>
  return lastRun.error ? <span>{lastRun.error}</span> : <StatusMark status={lastRun.status} />
}
