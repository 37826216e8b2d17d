'use client'

import { useQuery } from '@tanstack/react-query'
import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { hasTranscript } from '@/app/_live/transcript-reader'
import { useTRPC, type WholeRun } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'
import { TranscriptScroller } from '../_transcript/transcript-scroller'
import { EarlierBar } from './earlier-bar'
import { LogScroller } from './log-scroller'
import { LogToolbar, type LogView } from './log-toolbar'
import { useRunLog } from './use-run-log'
import { useWrap } from './use-wrap'

const panelClass = 'flex min-h-0 flex-1 flex-col outline-none'

/** The run's output, following while it grows; where it can be read as a transcript, that comes first. */
export function LogViewer({ run }: { run: WholeRun }) {
  const api = useTRPC()
  const isUnknown = run.adapterType === null
  const agentOptions = api.agent.get.queryOptions({ agentId: run.agentId }, { staleTime: 60_000, enabled: isUnknown })
  const agent = useQuery(agentOptions)
  const isPending = isUnknown && agent.isPending
  const { state, log } = useRunLog(run)
  const [wrap, setWrap] = useWrap()
  const [chosen, setChosen] = useState<LogView | null>(null)
  const adapterType = transcriptType(run.adapterType ?? agent.data?.adapterType)
  const view = chosen ?? (adapterType ? 'transcript' : 'log')
  const toolbar = { run, state, view, hasTranscript: adapterType !== null, wrap, onWrap: setWrap }
  const earlier = <EarlierBar run={run} state={state} onLoad={() => void log?.loadEarlier()} />
  const placeholder = isPending ? '' : placeholderOf(run, state.phase)
  return (
    <Tabs.Root
      value={view}
      onValueChange={(next) => setChosen(next === 'transcript' ? 'transcript' : 'log')}
      className="flex min-h-0 flex-1 flex-col"
    >
      <LogToolbar {...toolbar} />
      {earlier}
      <Tabs.Content value="log" tabIndex={-1} className={panelClass}>
        {isPending ? null : <LogScroller state={state} wrap={wrap} placeholder={placeholder} />}
      </Tabs.Content>
      {adapterType && (
        <Tabs.Content value="transcript" tabIndex={-1} className={panelClass}>
          <TranscriptScroller key={adapterType} adapterType={adapterType} state={state} placeholder={placeholder} />
        </Tabs.Content>
      )}
    </Tabs.Root>
  )
}

function transcriptType(adapterType: string | undefined): string | null {
  return adapterType !== undefined && hasTranscript(adapterType) ? adapterType : null
}

function placeholderOf(run: WholeRun, phase: string): string {
  if (phase === 'refused') return 'The log can not be read.'
  if (run.status === 'queued') return 'Waiting for a server with room. The log appears here as it is written.'
  if (isFinal(run.status) && (phase === 'ended' || run.logBytes === 0)) return 'This run wrote nothing.'
  return phase === 'reading' ? '' : 'Nothing written yet. The log appears here as it is.'
}
