'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import { type Fact, Facts } from '@/app/_components/facts'
import { errorLabels } from '@/app/_components/labels'
import { ShortId } from '@/app/_components/short-id'
import { useRunEvents } from '@/app/_live/use-run-events'
import { formatBytes } from '@/app/_time/format'
import { Ago, Elapsed } from '@/app/_time/times'
import type { WholeRun } from '@/app/_trpc/client'
import { costWords } from '@/server/domain/charge-words'
import { givenContextOf } from '@/server/domain/run-context'
import { Charges } from './charges'
import { Invocation } from './invocation'
import { Json } from './json'
import { RunEvents } from './run-events'
import { WhyItRan } from './why-it-ran'

export function RunDetails({ companyId, run }: { companyId: string; run: WholeRun }) {
  const events = useRunEvents(run.id)
  const context = givenContextOf(run.contextSnapshot)
  const invoked = events?.findLast((event) => event.eventType === 'adapter.invoke')?.payload ?? null
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5 px-4 py-4 sm:px-6 lg:px-5">
      {run.error && <RunError run={run} />}
      <Facts facts={factsOf(companyId, run)} />
      <Section title="Why it ran">
        <WhyItRan companyId={companyId} run={run} />
      </Section>
      {run.charges.length > 0 && (
        <Section title="Usage and cost">
          <Charges charges={run.charges} />
        </Section>
      )}
      <Section title="Events">
        <RunEvents events={events} />
      </Section>
      {invoked && (
        <Section title="Invocation">
          <Invocation payload={invoked} />
        </Section>
      )}
      {Object.keys(context).length > 0 && (
        <Section title="Context">
          <Json label="Context" value={context} />
        </Section>
      )}
      {run.resultJson && Object.values(run.resultJson).some((value) => value !== null) && (
        <Section title="Result">
          <Json label="Result" value={run.resultJson} />
        </Section>
      )}
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  )
}

function RunError({ run }: { run: WholeRun }) {
  return (
    <div className="border-failed border-l-2 pl-3">
      {run.errorCode && <p className="font-medium text-failed">{sentenceCase(errorLabels[run.errorCode])}</p>}
      <p className="[overflow-wrap:anywhere]">{run.error}</p>
    </div>
  )
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function factsOf(companyId: string, run: WholeRun): Fact[] {
  const waitedUntil = run.startedAt ?? run.finishedAt
  const cost = costWords(run.charges)
  return [
    { label: 'Queued', value: <Ago at={run.createdAt} /> },
    { label: 'Waited', value: <Elapsed from={run.createdAt} to={waitedUntil} /> },
    { label: 'Started', value: <Ago at={run.startedAt} /> },
    { label: 'Finished', value: <Ago at={run.finishedAt} /> },
    cost !== null && { label: 'Cost', value: cost },
    run.adapterType !== null && { label: 'Adapter', value: run.adapterType },
    run.exitCode !== null && { label: 'Exit code', value: String(run.exitCode) },
    run.signal !== null && { label: 'Signal', value: run.signal },
    run.errorCode !== null && { label: 'Error code', value: <code>{run.errorCode}</code> },
    run.survivorsKilled !== null &&
      run.survivorsKilled > 0 && { label: 'Leftover processes killed', value: run.survivorsKilled },
    run.cancelReason !== null && { label: 'Cancel reason', value: run.cancelReason },
    run.processPid !== null && { label: 'Process', value: `pid ${run.processPid}` },
    run.logBytes !== null && { label: 'Log', value: formatBytes(run.logBytes) },
    run.logTruncatedBytes !== null &&
      run.logTruncatedBytes > 0 && { label: 'Dropped from the log', value: formatBytes(run.logTruncatedBytes) },
    run.retryOfRunId !== null && {
      label: 'Retry of',
      value: (
        <Link href={`/${companyId}/runs/${run.retryOfRunId}`} className="text-accent hover:underline">
          <ShortId id={run.retryOfRunId} />
        </Link>
      ),
    },
    { label: 'Id', value: <code className="select-all text-small [overflow-wrap:anywhere]">{run.id}</code> },
  ].filter((fact) => fact !== false)
}
