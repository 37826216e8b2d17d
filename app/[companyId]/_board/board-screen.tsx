'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { Allowed } from '@/app/_access/allowed'
import { useCan } from '@/app/_access/use-can'
import { ExampleMark } from '@/app/_companies/example-mark'
import { Empty } from '@/app/_components/empty'
import { Page, PageHeader, Scroller } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { Skeleton } from '@/app/_components/skeleton'
import { buttonClass } from '@/app/_components/ui/button'
import { RenderedAt } from '@/app/_time/ticker'
import { type Outputs, useTRPC } from '@/app/_trpc/client'
import type { ServerRead } from '@/app/_trpc/read-on-server'
import { BoardAgents } from './board-agents'
import { BoardStats } from './board-stats'
import { NeedsAttention } from './needs-attention'
import { RunsChart } from './runs-chart'

const RemoveExample = dynamic(() => import('@/app/_companies/example').then((module) => module.RemoveExample))

export type Board = Outputs['board']['get']
export type BoardHistory = Outputs['board']['history']
type BoardData = { board: Board; day: BoardHistory }

/** The overview of a company: running agents, failures, spend, and what needs attention. */
export function BoardScreen({ companyId, first }: { companyId: string; first: ServerRead<BoardData> }) {
  const api = useTRPC()
  // Live events keep the board current. The interval is for changes without an event, such as a lost server.
  const board = useQuery(
    api.board.get.queryOptions({ companyId }, { refetchInterval: 15_000, ...initialOptions(first.data?.board) }),
  )
  const day = useQuery(
    api.board.history.queryOptions(
      { companyId, hours: 24 },
      { refetchInterval: 60_000, ...initialOptions(first.data?.day) },
    ),
  )
  const { data: company } = useQuery(api.company.get.queryOptions({ companyId }))
  const can = useCan()
  const isEmpty = board.data && Object.values(board.data.counts).every((count) => count === 0)
  const newAgent = (
    <Allowed to="agent.create">
      <Link href={`/${companyId}/agents/new`} className={buttonClass('primary')}>
        New agent
      </Link>
    </Allowed>
  )
  return (
    <RenderedAt value={first.at}>
      <Page title="Board">
        <PageHeader
          title="Board"
          state={company?.isExample && <ExampleMark />}
          actions={
            <>
              {company?.isExample && can('company.removeExample') && <RemoveExample companyId={companyId} />}
              {!isEmpty && newAgent}
            </>
          }
        />
        <Scroller>
          {board.isError && !board.data && <QueryError error={board.error} onRetry={() => void board.refetch()} />}
          {board.isPending && <BoardSkeleton />}
          {isEmpty && (
            <Empty title="No agents yet" action={newAgent}>
              An agent is a program that Reveille wakes: by timer, by hand or through the API. Create one and wake it;
              this board then shows what it does.
            </Empty>
          )}
          {board.data && !isEmpty && <BoardContent companyId={companyId} board={board.data} day={day.data} />}
        </Scroller>
      </Page>
    </RenderedAt>
  )
}

/** Data that came with the page is shown, and refetched: it may have changed before the live events were subscribed. */
function initialOptions<Data>(data: Data | undefined) {
  return data === undefined ? {} : { initialData: data, initialDataUpdatedAt: 0 }
}

type BoardContentProps = { companyId: string; board: Board; day: BoardHistory | undefined }

function BoardContent({ companyId, board, day }: BoardContentProps) {
  return (
    <div className="flex min-h-full flex-col">
      <BoardStats board={board} day={day} companyId={companyId} />
      <div className="grid flex-1 xl:grid-cols-[minmax(0,1fr)_320px] 2xl:grid-cols-[minmax(0,1fr)_440px]">
        <NeedsAttention companyId={companyId} attention={board.attention} />
        <div className="min-w-0 xl:col-start-1 xl:row-start-1">
          <RunsChart companyId={companyId} day={day} />
          <BoardAgents companyId={companyId} board={board} />
        </div>
      </div>
    </div>
  )
}

function BoardSkeleton() {
  return (
    <div role="status" aria-label="Loading">
      <div className="flex h-[85px] items-center gap-16 border-b px-4 sm:px-6">
        {['w-20', 'w-24', 'w-20', 'w-28'].map((width, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a constant list
          <Skeleton key={at} className={width} />
        ))}
      </div>
      <div className="px-4 py-5 sm:px-6">
        <Skeleton className="h-44 w-full xl:w-2/3" />
      </div>
    </div>
  )
}
