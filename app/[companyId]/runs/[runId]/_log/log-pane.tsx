'use client'

import { type RefObject, useEffect, useMemo, useRef } from 'react'
import type { RunLogState } from '@/app/_live/run-log'
import type { WholeRun } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'
import { FilterBar } from './filter-bar'
import { LogScroller } from './log-scroller'
import { searchTextOf } from './log-search'
import type { LogControls } from './log-toolbar'
import { placeholderOf } from './placeholder'
import { type LogPosition, rowsOfLines, rowsOfWindow } from './rows'
import { ServerUnreachableBar } from './server-unreachable-bar'
import { useLineWindow } from './use-line-window'

/** Up to this many rows are all rendered, so that the browser's own search finds them. */
const mostPlainRows = 2_000
/** A growing log is rendered often, so that fewer rows are rendered at once. */
const mostLiveRows = 300

type PaneProps = { run: WholeRun; controls: LogControls; position: RefObject<LogPosition> }

/** A log that is loaded as a whole. */
export function BufferedLog({ run, controls, position, state }: PaneProps & { state: RunLogState }) {
  const { stream } = controls
  const rows = useMemo(
    () => rowsOfLines(stream === 'both' ? state.lines : state.lines.filter((line) => line.stream === stream)),
    [state.lines, stream],
  )
  const placeholder = state.lines.length > 0 ? `Nothing on ${stream}.` : placeholderOf(run, state.phase)
  // A log that was windowed once stays windowed: changing back would move the text that is being read.
  const wasLong = useRef(false)
  wasLong.current ||= state.lines.length > (isFinal(run.status) ? mostPlainRows : mostLiveRows)
  const isWhole = !wasLong.current
  const shared = {
    rows,
    position,
    isWhole,
    source: stream,
    display: useRowDisplay(run, controls),
    selected: controls.selected,
  }
  const shown = state.lines.filter((line) => line.number !== null && line.stream === stream).length
  const total = state.lines.filter((line) => line.number !== null).length
  return (
    <>
      <FilterBar stream={stream} shown={shown} total={total} onBoth={() => controls.setStream('both')} />
      <LogScroller {...shared} placeholder={placeholder} isLive={state.phase === 'following'} />
    </>
  )
}

/** A log of any length: only the visible rows are loaded. */
export function WindowedLog({ run, controls, position, onBytes }: PaneProps & { onBytes: (bytes: number) => void }) {
  const { stream } = controls
  const { lines, state } = useLineWindow(run.id, isFinal(run.status), stream === 'both' ? null : stream)
  const display = useRowDisplay(run, controls)
  const rows = useMemo(() => (lines ? rowsOfWindow(lines, state.rows) : rowsOfLines([])), [lines, state.rows])
  const { logBytes } = state
  // biome-ignore lint/correctness/useExhaustiveDependencies: the callback is a new function for each render and always does the same
  useEffect(() => {
    if (logBytes > 0) onBytes(logBytes)
  }, [logBytes])
  const isRead = state.phase === 'following' || state.phase === 'ended'
  const placeholder =
    isRead && stream !== 'both' ? `Nothing on ${stream}.` : isRead ? '' : placeholderOf(run, state.phase)
  const shared = { rows, position, source: lines?.source ?? '', display, selected: controls.selected }
  return (
    <>
      <ServerUnreachableBar isGone={state.isServerUnreachable} />
      <FilterBar stream={stream} shown={rows.count} total={state.lines} onBoth={() => controls.setStream('both')} />
      <LogScroller {...shared} placeholder={placeholder} isLive={state.phase === 'following'} isWhole={false} />
    </>
  )
}

function useRowDisplay(run: WholeRun, { settings, searchText, onSelectLine }: LogControls) {
  const { wrap, time } = settings
  const { startedAt } = run
  const text = searchTextOf(searchText)
  return useMemo(
    () => ({ wrap, time, startedAt, searchText: text, onSelectLine }),
    [wrap, time, startedAt, text, onSelectLine],
  )
}
