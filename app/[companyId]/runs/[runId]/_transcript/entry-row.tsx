import { memo } from 'react'
import { plainTextOf } from '@/app/_live/ansi'
import { formatMicros, microsOfUsd } from '@/server/domain/money'
import type { TranscriptEntry, UsageEntry } from '@/server/domain/transcript'
import { Clipped } from './clipped'
import { ToolCall } from './tool-call'

export type EntryProps = {
  index: number
  entry: TranscriptEntry
  isOpen: boolean
  onToggle: (index: number) => void
  hasEnded: boolean
}

export const EntryRow = memo(function EntryRow({ index, entry, isOpen, onToggle, hasEnded }: EntryProps) {
  const fold = { isOpen, onToggle: () => onToggle(index) }
  switch (entry.kind) {
    case 'session':
      return (
        <p className="py-1 text-muted text-small">
          Session {entry.sessionId && <code className="font-mono">{entry.sessionId}</code>}
          {entry.model && ` · ${entry.model}`}
        </p>
      )
    case 'message':
      return (
        <div className="max-w-[80ch] py-1.5">
          {entry.from === 'user' && <p className="text-muted text-small">User</p>}
          <Clipped text={entry.text} maxLines={40} {...fold} />
        </div>
      )
    case 'thinking':
      return (
        <div className="max-w-[80ch] py-1.5 text-muted">
          <p className="text-small">Thinking</p>
          <Clipped text={entry.text} maxLines={4} {...fold} />
        </div>
      )
    case 'tool':
      return <ToolCall call={entry} hasEnded={hasEnded} {...fold} />
    case 'usage':
      return <p className="py-1 text-muted text-small">{usageText(entry)}</p>
    case 'error':
      return (
        <p className="my-1.5 max-w-[80ch] whitespace-pre-wrap border-failed border-l-2 pl-3 [overflow-wrap:anywhere]">
          <span className="sr-only">Error: </span>
          {entry.message}
        </p>
      )
    case 'raw':
      return (
        <div className="py-0.5 font-mono text-log text-muted">
          <Clipped text={plainTextOf(entry.text)} maxLines={6} {...fold} />
        </div>
      )
  }
})

function usageText({ inputTokens, cachedInputTokens, outputTokens, costUsd }: UsageEntry): string {
  const micros = microsOfUsd(costUsd)
  const tokens = [
    `${inputTokens.toLocaleString('en')} in`,
    cachedInputTokens > 0 && `${cachedInputTokens.toLocaleString('en')} cached`,
    `${outputTokens.toLocaleString('en')} out`,
    micros === null ? 'unpriced' : formatMicros(micros),
  ]
  return `Used: ${tokens.filter(Boolean).join(' · ')}`
}
