'use client'

import { useQuery } from '@tanstack/react-query'
import { Tabs } from 'radix-ui'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { hasTranscript } from '@/app/_live/transcript-reader'
import { useTRPC, type WholeRun } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'
import { TranscriptScroller } from '../_transcript/transcript-scroller'
import { EarlierBar } from './earlier-bar'
import { useLineAddress } from './line-address'
import { LogScroller } from './log-scroller'
import { type StreamChoice, useLogSettings } from './log-settings'
import { LogToolbar, type LogTools, type LogView } from './log-toolbar'
import { LongLog } from './long-log'
import { OwnerBar } from './owner-bar'
import { useLineWindow } from './use-line-window'
import { useRunLog } from './use-run-log'

const panelClass = 'flex min-h-0 flex-1 flex-col outline-none'

/** Up to here a log is held whole; a longer one is read where somebody looks. */
const longBytes = 4 * 1024 * 1024

/** The run's output, following while it grows; where it can be read as a transcript, that comes first. */
export function LogViewer({ run }: { run: WholeRun }) {
  const api = useTRPC()
  const isUnknown = run.adapterType === null
  const agentOptions = api.agent.get.queryOptions({ agentId: run.agentId }, { staleTime: 60_000, enabled: isUnknown })
  const agent = useQuery(agentOptions)
  const [firstBytes] = useState(run.logBytes ?? 0)
  const [chosen, setChosen] = useState<LogView | null>(null)
  const adapterType = transcriptType(run.adapterType ?? agent.data?.adapterType)
  if (isUnknown && agent.isPending) return null
  const view = chosen ?? (adapterType ? 'transcript' : 'log')
  return (
    <Tabs.Root
      value={view}
      onValueChange={(next) => setChosen(next === 'transcript' ? 'transcript' : 'log')}
      className="flex min-h-0 flex-1 flex-col"
    >
      <Output run={run} view={view} adapterType={adapterType} startsLong={firstBytes > longBytes} />
    </Tabs.Root>
  )
}

type OutputProps = { run: WholeRun; view: LogView; adapterType: string | null; startsLong: boolean }

function Output({ run, view, adapterType, startsLong }: OutputProps) {
  const tools = useLogTools()
  const [grewLong, setGrewLong] = useState(false)
  const growLong = useCallback(() => setGrewLong(true), [])
  const isLong = startsLong || grewLong
  if (isLong && view === 'log') return <LongOutput run={run} tools={tools} hasTranscript={adapterType !== null} />
  return <HeldOutput run={run} adapterType={adapterType} tools={tools} view={view} onLong={growLong} />
}

type HeldOutputProps = {
  run: WholeRun
  adapterType: string | null
  tools: LogTools & { named: number | null }
  view: LogView
  onLong: () => void
}

function HeldOutput({ run, adapterType, tools, view, onLong }: HeldOutputProps) {
  const { state, log } = useRunLog(run)
  const look = useRowLook(run, tools)
  const placeholder = placeholderOf(run, state.phase)
  const bytes = Math.max(run.logBytes ?? 0, state.nextOffset)
  const isTooLong = view === 'log' && (state.trimmed || state.nextOffset > longBytes)
  useEffect(() => {
    if (isTooLong) onLong()
  }, [isTooLong, onLong])
  return (
    <>
      <LogToolbar {...{ run, state, bytes, view, tools }} hasTranscript={adapterType !== null} />
      <EarlierBar run={run} state={state} onLoad={() => void log?.loadEarlier()} />
      <OwnerBar isGone={state.isOwnerGone} />
      <Tabs.Content value="log" tabIndex={-1} className={panelClass}>
        <LogScroller state={state} look={look} named={tools.named} placeholder={placeholder} />
      </Tabs.Content>
      {adapterType && (
        <Tabs.Content value="transcript" tabIndex={-1} className={panelClass}>
          <TranscriptScroller key={adapterType} adapterType={adapterType} state={state} placeholder={placeholder} />
        </Tabs.Content>
      )}
    </>
  )
}

type LongOutputProps = { run: WholeRun; tools: LogTools & { named: number | null }; hasTranscript: boolean }

function LongOutput({ run, tools, hasTranscript: canRead }: LongOutputProps) {
  const { lines, state } = useLineWindow(run.id, isFinal(run.status))
  const look = useRowLook(run, tools)
  const bytes = Math.max(run.logBytes ?? 0, state.logBytes)
  return (
    <>
      <LogToolbar run={run} state={null} bytes={bytes} view="log" tools={tools} hasTranscript={canRead} />
      <OwnerBar isGone={state.isOwnerGone} />
      <Tabs.Content value="log" tabIndex={-1} className={panelClass}>
        {lines && <LongLog lines={lines} state={state} look={look} named={tools.named} />}
      </Tabs.Content>
    </>
  )
}

function useLogTools(): LogTools & { named: number | null } {
  const [settings, change] = useLogSettings()
  const [stream, setStream] = useState<StreamChoice>('both')
  const [sought, setSought] = useState('')
  const [named, onLine] = useLineAddress()
  return { settings, change, stream, setStream, sought, setSought, named, onLine }
}

function useRowLook(run: WholeRun, { settings, stream, sought, onLine }: LogTools) {
  const { wrap, time } = settings
  const text = /^:\d*$/.test(sought) ? '' : sought.trim()
  // biome-ignore lint/correctness/useExhaustiveDependencies: what names a line is another function each time, and does the same
  return useMemo(
    () => ({ wrap, time, startedAt: run.startedAt, sought: text, stream, onLine }),
    [wrap, time, run.startedAt, text, stream],
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
