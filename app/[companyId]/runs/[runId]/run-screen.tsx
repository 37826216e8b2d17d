'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Allowed } from '@/app/_access/allowed'
import { Page, PageHeader } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { shortId } from '@/app/_components/short-id'
import { Skeleton } from '@/app/_components/skeleton'
import { statusDisplay } from '@/app/_components/status-display'
import { StatusMark } from '@/app/_components/status-mark'
import { Elapsed } from '@/app/_time/times'
import { useTRPC, type WholeRun } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'
import { LogViewer } from './_log/log-viewer'
import { CancelRun } from './cancel-run'
import { Neighbours } from './neighbours'
import { RunAgain } from './run-again'
import { RunDetails } from './run-details'

export function RunScreen({ companyId, runId }: { companyId: string; runId: string }) {
  const api = useTRPC()
  const { data: run, error, refetch } = useQuery(api.run.get.queryOptions({ runId }))
  const title = run ? `${statusDisplay[run.status].label} · Run ${shortId(runId)}` : `Run ${shortId(runId)}`
  return (
    <Page title={title}>
      {run ? <RunHeader companyId={companyId} run={run} /> : <PageHeader title={`Run ${shortId(runId)}`} />}
      {error && !run && <QueryError error={error} onRetry={() => void refetch()} />}
      <div className="flex min-h-0 flex-1 flex-col max-lg:overflow-y-auto lg:flex-row">
        <section
          aria-label="Log"
          className="flex min-w-0 flex-col max-lg:h-[calc(100dvh-13rem)] max-lg:min-h-80 max-lg:shrink-0 lg:min-h-0 lg:flex-1"
        >
          {run ? <LogViewer key={run.id} run={run} /> : !error && <LogSkeleton />}
        </section>
        {run && (
          <aside
            aria-label="About the run"
            className="border-t lg:w-[360px] lg:shrink-0 lg:overflow-y-auto lg:border-t-0 lg:border-l"
          >
            <RunDetails companyId={companyId} run={run} />
          </aside>
        )}
      </div>
    </Page>
  )
}

function RunHeader({ companyId, run }: { companyId: string; run: WholeRun }) {
  const cancelling = run.status === 'running' && run.cancelRequestedAt !== null
  return (
    <PageHeader
      trail={
        <Link href={`/${companyId}/agents/${run.agentId}`} className="hover:text-ink hover:underline">
          {run.agentName}
        </Link>
      }
      title={<span title={run.id}>Run {shortId(run.id)}</span>}
      state={
        <span className="flex items-center gap-3">
          <output aria-label="Run status">
            <StatusMark status={run.status} note={cancelling ? 'cancelling' : undefined} className="font-medium" />
          </output>
          <span className="text-muted" title="Duration">
            <Elapsed from={run.startedAt} to={run.finishedAt} />
          </span>
        </span>
      }
      actions={
        <>
          <Neighbours companyId={companyId} runId={run.id} />
          <Allowed to="run.retry">
            <RunAgain companyId={companyId} run={run} />
          </Allowed>
          {!isFinal(run.status) && (
            <Allowed to="run.cancel">
              <CancelRun run={run} />
            </Allowed>
          )}
        </>
      }
    />
  )
}

function LogSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-2 bg-sunken p-4">
      <Skeleton className="w-1/2" />
      <Skeleton className="w-2/3" />
      <Skeleton className="w-1/3" />
    </div>
  )
}
