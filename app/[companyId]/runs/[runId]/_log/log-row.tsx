import { type CSSProperties, memo } from 'react'
import { cn } from '@/app/_components/ui/classes'
import { type AnsiStyle, spansOf } from '@/app/_live/ansi'
import { cssColour } from '@/app/_live/ansi-colour'
import type { LogLine } from '@/app/_live/log-buffer'
import { formatClock } from '@/app/_time/format'

/** The height of a row that is not wrapped. */
export const rowPx = 18

type LogRowProps = { line: LogLine; numbered: boolean; wrap: boolean }

/** The gutter is generated content: it is not part of the text that is read, searched or copied. */
export const LogRow = memo(function LogRow({ line, numbered, wrap }: LogRowProps) {
  return (
    <div className="group flex min-h-[18px] hover:bg-hover" data-stream={line.stream}>
      <span
        aria-hidden
        data-gutter={numbered ? (line.number ?? '') : ''}
        className="sticky left-0 z-10 w-[calc(var(--digits)+1.5rem)] shrink-0 select-none bg-sunken pr-2 text-right text-faint before:content-[attr(data-gutter)] group-hover:bg-hover"
      />
      <span
        aria-hidden
        data-gutter={line.number === null ? '' : formatClock(line.ts)}
        title={line.ts}
        className="w-[9ch] shrink-0 select-none text-faint before:content-[attr(data-gutter)] max-sm:hidden"
      />
      <span
        className={cn(
          'min-w-0 flex-1 border-l-2 pr-4 pl-2.5',
          line.stream === 'stderr' ? 'border-timed-out' : 'border-transparent',
          wrap ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre',
        )}
      >
        <LineText line={line} />
        {/* Ends the line for whoever reads the text and not the layout. */}
        <span hidden>{'\n'}</span>
      </span>
    </div>
  )
})

function LineText({ line }: { line: LogLine }) {
  let column = 0
  return spansOf(line.text, line.style).map((span) => {
    const at = column
    column += span.text.length
    const css = cssOf(span.style)
    if (!css) return span.text
    return (
      <span key={at} style={css}>
        {span.text}
      </span>
    )
  })
}

function cssOf(style: AnsiStyle): CSSProperties | null {
  const { fg, bg, bold, dim, italic, underline, strike, inverse } = style
  if (Object.values(style).every((value) => value === undefined)) return null
  const front = fg === undefined ? undefined : cssColour(fg)
  const back = bg === undefined ? undefined : cssColour(bg)
  const lines = [underline && 'underline', strike && 'line-through'].filter(Boolean).join(' ')
  return {
    color: inverse ? (back ?? 'var(--color-sunken)') : front,
    backgroundColor: inverse ? (front ?? 'var(--color-ink)') : back,
    fontWeight: bold ? 600 : undefined,
    opacity: dim ? 0.7 : undefined,
    fontStyle: italic ? 'italic' : undefined,
    textDecorationLine: lines || undefined,
  }
}
