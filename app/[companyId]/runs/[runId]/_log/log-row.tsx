import { type CSSProperties, Fragment, memo, type ReactNode } from 'react'
import { cn } from '@/app/_components/ui/classes'
import { type AnsiStyle, spansOf } from '@/app/_live/ansi'
import { cssColours } from '@/app/_live/ansi-colour'
import type { LogLine } from '@/app/_live/log-buffer'
import { formatClock, formatDuration } from '@/app/_time/format'
import type { TimeMode } from './log-settings'
import type { SelectLine } from './selected-lines'

/** The height of a row that is not wrapped. */
export const rowPx = 18

/** How all rows of a log are displayed. */
export type RowDisplay = {
  wrap: boolean
  time: TimeMode
  /** When the run started, ISO 8601. Times may be shown relative to it. */
  startedAt: string | null
  /** Highlighted in the text. */
  searchText: string
  onSelectLine: SelectLine
}

type LogRowProps = {
  row: number
  line: LogLine
  /** The line's number in the log; null for further rows of a long line. */
  number: number | null
  display: RowDisplay
  isSelected: boolean
}

const gutterClass =
  'sticky left-0 z-10 w-[calc(var(--digits)+1.5rem)] shrink-0 select-none bg-sunken pr-2 text-right text-faint before:content-[attr(data-gutter)]'

/** The gutter is generated content, so that it is neither searched nor copied. */
export const LogRow = memo(function LogRow({ row, line, number, display, isSelected }: LogRowProps) {
  const { wrap, time, startedAt, searchText, onSelectLine } = display
  return (
    <div
      className={cn('group flex min-h-[18px] hover:bg-hover', isSelected && 'bg-selected')}
      data-stream={line.stream}
      data-line={number ?? undefined}
      data-row={row}
    >
      {/* By keyboard, lines are selected with `:120` or `:120-140` in the search field. */}
      <span
        aria-hidden
        data-gutter={number ?? ''}
        onClick={(event) => number !== null && onSelectLine(number, event.shiftKey)}
        title="Link to this line. Shift-click selects a range."
        className={cn(
          gutterClass,
          'cursor-pointer hover:text-ink group-hover:bg-hover',
          isSelected && 'bg-selected font-semibold text-ink',
        )}
      />
      {time !== 'none' && (
        <span
          aria-hidden
          data-gutter={number === null ? '' : timeOf(line.ts, time, startedAt)}
          title={line.ts}
          className="w-[9ch] shrink-0 select-none text-faint before:content-[attr(data-gutter)] @max-[30rem]:hidden"
        />
      )}
      <span
        className={cn(
          'min-w-0 flex-1 border-l-2 pr-4 pl-2.5',
          line.stream === 'stderr' ? 'border-timed-out' : 'border-transparent',
          wrap ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre',
        )}
      >
        <LineText line={line} searchText={searchText} />
        {/* Separates lines in copied text and in the text content. */}
        <span hidden>{'\n'}</span>
      </span>
    </div>
  )
})

/** Takes the place of a line that is still loading. */
export function RowPlaceholder({ number }: { number: number | null }) {
  return (
    <div className="flex h-[18px]">
      <span aria-hidden data-gutter={number ?? ''} className={gutterClass} />
    </div>
  )
}

function timeOf(ts: string, time: TimeMode, startedAt: string | null): string {
  if (time === 'clock' || startedAt === null) return formatClock(ts)
  const ms = Math.max(0, Date.parse(ts) - Date.parse(startedAt))
  return ms < 60_000 ? `${(ms / 1000).toFixed(2)}s` : formatDuration(ms, { whole: true })
}

function LineText({ line, searchText }: { line: LogLine; searchText: string }) {
  let column = 0
  return spansOf(line.text, line.style).map((span) => {
    const at = column
    column += span.text.length
    const css = cssOf(span.style)
    const text = searchText === '' ? span.text : highlighted(span.text, searchText)
    if (!css) return <Fragment key={at}>{text}</Fragment>
    return (
      <span key={at} style={css}>
        {text}
      </span>
    )
  })
}

/** The text with matches of the search highlighted, ignoring case. */
function highlighted(text: string, searchText: string): ReactNode {
  const lower = text.toLowerCase()
  const needle = searchText.toLowerCase()
  if (lower.length !== text.length || !lower.includes(needle)) return text
  const parts: ReactNode[] = []
  let from = 0
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, from)) {
    parts.push(
      text.slice(from, at),
      <mark key={at} className="rounded-[2px] bg-timed-out/35 text-inherit">
        {text.slice(at, at + needle.length)}
      </mark>,
    )
    from = at + needle.length
  }
  return [...parts, text.slice(from)]
}

function cssOf(style: AnsiStyle): CSSProperties | null {
  const { bold, dim, italic, underline, strike } = style
  if (Object.values(style).every((value) => value === undefined)) return null
  const lines = [underline && 'underline', strike && 'line-through'].filter(Boolean).join(' ')
  return {
    ...cssColours(style),
    fontWeight: bold ? 600 : undefined,
    opacity: dim ? 0.7 : undefined,
    fontStyle: italic ? 'italic' : undefined,
    textDecorationLine: lines || undefined,
  }
}
