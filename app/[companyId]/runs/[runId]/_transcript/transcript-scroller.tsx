'use client'

import { useRef, useState } from 'react'
import type { RunLogState } from '@/app/_live/run-log'
import { createTranscriptReader } from '@/app/_live/transcript-reader'
import { FollowButton } from '@/app/[companyId]/runs/[runId]/_log/follow-button'
import type { LineRange, SelectLine } from '@/app/[companyId]/runs/[runId]/_log/selected-lines'
import { useFollow } from '@/app/[companyId]/runs/[runId]/_log/use-follow'
import { TranscriptRows } from './transcript-rows'

type TranscriptScrollerProps = {
  adapterType: string
  state: RunLogState
  placeholder: string
  selected: LineRange | null
  onSelectLine: SelectLine
}

/** The messages and tool calls of the agent, followed while the run goes on. */
export function TranscriptScroller({
  adapterType,
  state,
  placeholder,
  selected,
  onSelectLine,
}: TranscriptScrollerProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const [reader] = useState(() => createTranscriptReader(adapterType))
  const hasEnded = state.phase === 'ended'
  const entries = reader.read(state, hasEnded)
  const { following, follow } = useFollow(scroller, content, { selected })
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-label="Transcript"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keyboard
        tabIndex={0}
        className="absolute inset-0 overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
      >
        <div ref={content} className="px-4 py-3 sm:px-6">
          <TranscriptRows
            {...{ entries, hasEnded, scroller, onSelectLine }}
            sources={reader.sources()}
            selected={selected?.to ?? null}
          />
          {entries.length === 0 && (
            <p className="text-muted">
              {state.lines.length > 0
                ? 'There is nothing to show as a transcript. The log has all output.'
                : placeholder}
            </p>
          )}
        </div>
      </div>
      {!following && state.phase === 'following' && <FollowButton onClick={follow} />}
    </div>
  )
}
