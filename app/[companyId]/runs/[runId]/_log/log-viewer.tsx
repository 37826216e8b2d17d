'use client'

import { useQuery } from '@tanstack/react-query'
import { Tabs } from 'radix-ui'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { cn } from '@/app/_components/ui/classes'
import type { RunLogState } from '@/app/_live/run-log'
import { hasTranscript } from '@/app/_live/transcript-reader'
import { formatBytes } from '@/app/_time/format'
import { useTRPC, type WholeRun } from '@/app/_trpc/client'
import { TranscriptScroller } from '@/app/[companyId]/runs/[runId]/_transcript/transcript-scroller'
import { EarlierBar } from './earlier-bar'
import { BufferedLog, WindowedLog } from './log-pane'
import { type LogView, logViews, type StreamChoice, useLogSettings } from './log-settings'
import { type LogControls, LogToolbar } from './log-toolbar'
import { placeholderOf } from './placeholder'
import { initialPosition, type LogPosition } from './rows'
import { useSelectedLines } from './selected-lines'
import { ServerUnreachableBar } from './server-unreachable-bar'
import { useIsWide } from './use-is-wide'
import { useRunLog } from './use-run-log'

/** Up to here a log is held whole; a longer one is read where somebody looks. */
const longBytes = 4 * 1024 * 1024

/** The run's output, following while it grows; where it can be read as a transcript, that comes first. */
export function LogViewer({ run }: { run: WholeRun }) {
  const api = useTRPC()
  const isUnknown = run.adapterType === null
  const agentOptions = api.agent.get.queryOptions({ agentId: run.agentId }, { staleTime: 60_000, enabled: isUnknown })
  const agent = useQuery(agentOptions)
  const adapterType = run.adapterType ?? agent.data?.adapterType
  if (isUnknown && agent.isPending) return null
  return <Output run={run} adapterType={adapterType !== undefined && hasTranscript(adapterType) ? adapterType : null} />
}

type OutputProps = { run: WholeRun; adapterType: string | null }

function Output({ run, adapterType }: OutputProps) {
  const tools = useLogControls()
  const position = useRef(initialPosition)
  const isWide = useIsWide()
  const { view: wished } = tools.settings
  const [turned, setTurned] = useState<LogView | null>(null)
  // A link to a line is one to the log.
  useEffect(() => setTurned(/^#L\d/.test(window.location.hash) ? 'log' : null), [])
  const view = viewOf(adapterType !== null, isWide, wished, turned)
  const [isLong, setIsLong] = useState((run.logBytes ?? 0) > longBytes)
  const isHeld = view !== 'log' || !isLong
  const choose = (next: string) => {
    setTurned(null)
    tools.change({ view: logViews.find((known) => known === next) ?? 'log' })
  }
  const [bytes, setBytes] = useState(run.logBytes ?? 0)
  // The number is drawn anew only where it reads otherwise.
  const onBytes = (now: number) => setBytes((before) => (formatBytes(now) === formatBytes(before) ? before : now))
  const panes = { run, adapterType, view, tools, position, isLong, onBytes, toLog: () => setTurned('log') }
  return (
    <Tabs.Root value={view} onValueChange={choose} className="flex min-h-0 flex-1 flex-col">
      {isHeld ? (
        <BufferedOutput {...panes} onLong={() => setIsLong(true)} />
      ) : (
        <>
          <LogToolbar {...{ run, bytes, view, tools }} hasTranscript={adapterType !== null} />
          <Panes {...panes} state={null} />
        </>
      )}
    </Tabs.Root>
  )
}

type PanesProps = OutputProps & {
  view: LogView
  tools: LogControls
  position: RefObject<LogPosition>
  isLong: boolean
  /** How long the log is, where it is not held here. */
  onBytes: (bytes: number) => void
  toLog: () => void
}

function BufferedOutput({ onLong, ...panes }: PanesProps & { onLong: () => void }) {
  const { run, view, tools, adapterType, isLong } = panes
  const { state, log } = useRunLog(run)
  const bytes = Math.max(run.logBytes ?? 0, state.nextOffset)
  const isTooLong = !isLong && (state.trimmed || state.nextOffset > longBytes)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is said once
  useEffect(() => {
    if (isTooLong) onLong()
  }, [isTooLong])
  return (
    <>
      <LogToolbar {...{ run, bytes, view, tools }} hasTranscript={adapterType !== null} />
      {view !== 'log' && <EarlierBar run={run} state={state} onLoad={() => void log?.loadEarlier()} />}
      {(view === 'transcript' || !isLong) && <ServerUnreachableBar isGone={state.isServerUnreachable} />}
      <Panes {...panes} state={state} />
    </>
  )
}

/** The transcript, the log, or both side by side; a line that is selected in one is shown in the other. */
function Panes({ state, ...given }: PanesProps & { state: RunLogState | null }) {
  const { run, adapterType, view, tools, position, isLong, onBytes, toLog } = given
  const isBoth = view === 'both'
  const onSelectLine = (line: number) => {
    tools.onSelectLine(line)
    if (!isBoth) toLog()
  }
  return (
    <Tabs.Content value={view} tabIndex={-1} className="flex min-h-0 flex-1 outline-none">
      {adapterType && state && view !== 'log' && (
        <div className={cn('flex min-w-0 flex-1 flex-col', isBoth && 'border-r')}>
          <TranscriptScroller
            key={adapterType}
            {...{ adapterType, state, onSelectLine }}
            selected={tools.selected}
            placeholder={placeholderOf(run, state.phase)}
          />
        </div>
      )}
      {view !== 'transcript' && (
        <div className="flex min-w-0 flex-1 flex-col">
          {isLong || !state ? (
            <WindowedLog {...{ run, tools, position, onBytes }} />
          ) : (
            <BufferedLog {...{ run, tools, position, state }} />
          )}
        </div>
      )}
    </Tabs.Content>
  )
}

function viewOf(hasTranscript: boolean, isWide: boolean, wished: LogView, turned: LogView | null): LogView {
  if (!hasTranscript) return 'log'
  if (wished === 'both' && isWide) return 'both'
  return turned ?? (wished === 'both' ? 'transcript' : wished)
}

function useLogControls(): LogControls {
  const [settings, change] = useLogSettings()
  const [stream, setStream] = useState<StreamChoice>('both')
  const [searchText, setSearchText] = useState('')
  const [selected, onSelectLine] = useSelectedLines()
  return { settings, change, stream, setStream, searchText, setSearchText, selected, onSelectLine }
}
