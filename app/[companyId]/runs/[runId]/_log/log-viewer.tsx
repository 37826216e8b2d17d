'use client'

import type { WholeRun } from '@/app/_trpc/client'
import { isFinal } from '@/server/domain/run-status'
import { EarlierBar } from './earlier-bar'
import { LogScroller } from './log-scroller'
import { LogToolbar } from './log-toolbar'
import { useRunLog } from './use-run-log'
import { useWrap } from './use-wrap'

/** The run's output, following while it grows. */
export function LogViewer({ run }: { run: WholeRun }) {
  const { state, log } = useRunLog(run)
  const [wrap, setWrap] = useWrap()
  return (
    <>
      <LogToolbar run={run} state={state} wrap={wrap} onWrap={setWrap} />
      <EarlierBar run={run} state={state} onLoad={() => void log?.loadEarlier()} />
      <LogScroller state={state} wrap={wrap} placeholder={placeholderOf(run, state.phase)} />
    </>
  )
}

function placeholderOf(run: WholeRun, phase: string): string {
  if (phase === 'refused') return 'The log can not be read.'
  if (run.status === 'queued') return 'Waiting for a server with room. The log appears here as it is written.'
  if (isFinal(run.status) && (phase === 'ended' || run.logBytes === 0)) return 'This run wrote nothing.'
  return phase === 'reading' ? '' : 'Nothing written yet. The log appears here as it is.'
}
