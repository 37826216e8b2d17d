'use client'

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Copy } from 'lucide-react'
import Link from 'next/link'
import { toast } from 'sonner'
import { Allowed } from '@/app/_access/allowed'
import { LoadMore } from '@/app/_components/load-more'
import { Page, Scroller, SectionTitle } from '@/app/_components/page'
import { QueryError } from '@/app/_components/query-error'
import { SkeletonRows } from '@/app/_components/skeleton'
import { Button, buttonClass } from '@/app/_components/ui/button'
import { type Agent, useTRPC } from '@/app/_trpc/client'
import { AgentHeader } from '@/app/[companyId]/agents/[agentId]/agent-header'
import { RevisionRow } from './revision-row'
import { settingsOf } from './settings-diff'

/** The agent's configuration as JSON, and its history. */
export function ConfigurationScreen({ companyId, agentId }: { companyId: string; agentId: string }) {
  const api = useTRPC()
  const agent = useQuery(api.agent.get.queryOptions({ agentId }))
  const history = useInfiniteQuery(
    api.agent.history.infiniteQueryOptions({ agentId, limit: 20 }, { getNextPageParam: (page) => page.nextCursor }),
  )
  const revisions = history.data?.pages.flatMap((page) => page.items) ?? []
  const error = agent.error ?? history.error
  return (
    <Page title="Configuration">
      <AgentHeader
        companyId={companyId}
        agentId={agentId}
        actions={
          agent.data &&
          agent.data.status !== 'terminated' && (
            <Allowed to="agent.update">
              <Link href={`/${companyId}/agents/${agentId}/edit`} className={buttonClass()}>
                Edit
              </Link>
            </Allowed>
          )
        }
      />
      <Scroller>
        {error && <QueryError error={error} onRetry={() => void Promise.all([agent.refetch(), history.refetch()])} />}
        {!error && !(agent.data && history.data) && <SkeletonRows />}
        {agent.data && <ConfigurationJson agent={agent.data} />}
        {revisions.length > 0 && <SectionTitle>Changes</SectionTitle>}
        {agent.data && (
          <ol aria-label="Changes" className="border-t empty:hidden">
            {revisions.map((revision, at) => (
              <RevisionRow
                key={revision.id}
                agent={agent.data}
                revision={revision}
                before={revisions[at + 1] ?? (history.hasNextPage ? undefined : null)}
                isCurrent={at === 0}
              />
            ))}
          </ol>
        )}
        <LoadMore query={history} />
      </Scroller>
    </Page>
  )
}

function ConfigurationJson({ agent }: { agent: Agent }) {
  const json = JSON.stringify(settingsOf(agent), null, 2)
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(json)
      toast.success('Configuration copied')
    } catch {
      toast.error('The browser did not allow copying. Select the text.')
    }
  }
  return (
    <>
      <SectionTitle
        aside={
          <Button variant="quiet" className="h-7 px-2" onClick={() => void copy()}>
            <Copy aria-hidden className="size-3.5" />
            Copy
          </Button>
        }
      >
        As JSON
      </SectionTitle>
      <section
        aria-label="Configuration as JSON"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keyboard
        tabIndex={0}
        className="max-h-[28rem] overflow-auto whitespace-pre-wrap border-y bg-sunken px-4 py-3 font-mono text-log [overflow-wrap:anywhere] focus-visible:outline-offset-[-2px] sm:px-6"
      >
        {json}
      </section>
    </>
  )
}
