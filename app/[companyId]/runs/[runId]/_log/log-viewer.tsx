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

/** Longer logs are not loaded as a whole: only the visible rows are. */
const longBytes = 4 * 1024 * 1024

/** The run's output, followed while it grows: as a transcript by default, if the adapter has one. */
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
  const controls = useLogControls()
  const position = useRef(initialPosition)
  const isWide = useIsWide()
  const { view: preferredView } = controls.settings
  const [temporaryView, setTemporaryView] = useState<LogView | null>(null)
  // A link to a line leads to the log, not to the transcript.
  useEffect(() => setTemporaryView(/^#L\d/.test(window.location.hash) ? 'log' : null), [])
  const view = viewOf(adapterType !== null, isWide, preferredView, temporaryView)
  const [isLong, setIsLong] = useState((run.logBytes ?? 0) > longBytes)
  const isBuffered = view !== 'log' || !isLong
  const choose = (next: string) => {
    setTemporaryView(null)
    controls.change({ view: logViews.find((known) => known === next) ?? 'log' })
  }
  const [bytes, setBytes] = useState(run.logBytes ?? 0)
  // Renders again only if the formatted size changes.
  const onBytes = (now: number) => setBytes((before) => (formatBytes(now) === formatBytes(before) ? before : now))
  const panes = { run, adapterType, view, controls, position, isLong, onBytes, showLog: () => setTemporaryView('log') }
  return (
    <Tabs.Root value={view} onValueChange={choose} className="flex min-h-0 flex-1 flex-col">
      {isBuffered ? (
        <BufferedOutput {...panes} onLong={() => setIsLong(true)} />
      ) : (
        <>
          <LogToolbar {...{ run, bytes, view, controls }} hasTranscript={adapterType !== null} />
          <Panes {...panes} state={null} />
        </>
      )}
    </Tabs.Root>
  )
}

type PanesProps = OutputProps & {
  view: LogView
  controls: LogControls
  position: RefObject<LogPosition>
  isLong: boolean
  /** Reports the size of a log that is not loaded as a whole. */
  onBytes: (bytes: number) => void
  showLog: () => void
}

function BufferedOutput({ onLong, ...panes }: PanesProps & { onLong: () => void }) {
  const { run, view, controls, adapterType, isLong } = panes
  const { state, log } = useRunLog(run)
  const bytes = Math.max(run.logBytes ?? 0, state.nextOffset)
  const isTooLong = !isLong && (state.trimmed || state.nextOffset > longBytes)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is reported once
  useEffect(() => {
    if (isTooLong) onLong()
  }, [isTooLong])
  return (
    <>
      <LogToolbar {...{ run, bytes, view, controls }} hasTranscript={adapterType !== null} />
      {view !== 'log' && <EarlierBar run={run} state={state} onLoad={() => void log?.loadEarlier()} />}
      {(view === 'transcript' || !isLong) && <ServerUnreachableBar isGone={state.isServerUnreachable} />}
      <Panes {...panes} state={state} />
    </>
  )
}

/** The transcript, the log, or both side by side. A line that is selected in one is shown in the other. */
function Panes({ state, ...given }: PanesProps & { state: RunLogState | null }) {
  const { run, adapterType, view, controls, position, isLong, onBytes, showLog } = given
  const isBoth = view === 'both'
  const onSelectLine = (line: number) => {
    controls.onSelectLine(line)
    if (!isBoth) showLog()
  }
  return (
    <Tabs.Content value={view} tabIndex={-1} className="flex min-h-0 flex-1 outline-none">
      {adapterType && state && view !== 'log' && (
        <div className={cn('flex min-w-0 flex-1 flex-col', isBoth && 'border-r')}>
          <TranscriptScroller
            key={adapterType}
            {...{ adapterType, state, onSelectLine }}
            selected={controls.selected}
            placeholder={placeholderOf(run, state.phase)}
          />
        </div>
      )}
      {view !== 'transcript' && (
        <div className="flex min-w-0 flex-1 flex-col">
          {isLong || !state ? (
            <WindowedLog {...{ run, controls, position, onBytes }} />
          ) : (
            <BufferedLog {...{ run, controls, position, state }} />
          )}
        </div>
      )}
    </Tabs.Content>
  )
}

function viewOf(hasTranscript: boolean, isWide: boolean, preferred: LogView, temporary: LogView | null): LogView {
  if (!hasTranscript) return 'log'
  if (preferred === 'both' && isWide) return 'both'
  return temporary ?? (preferred === 'both' ? 'transcript' : preferred)
}

function useLogControls(): LogControls {
  const [settings, change] = useLogSettings()
  const [stream, setStream] = useState<StreamChoice>('both')
  const [searchText, setSearchText] = useState('')
  const [selected, onSelectLine] = useSelectedLines()
  return { settings, change, stream, setStream, searchText, setSearchText, selected, onSelectLine }
}
