const charsPerLine = 160

type ClippedProps = { text: string; maxLines: number; isOpen: boolean; onToggle: () => void }

/** A text that is shortened if it is long, with a button to show all of it. */
export function Clipped({ text, maxLines, isOpen, onToggle }: ClippedProps) {
  const head = headOf(text, maxLines)
  const rest = text.length - head.length
  return (
    <>
      <div className="whitespace-pre-wrap [overflow-wrap:anywhere]">{isOpen || rest === 0 ? text : head}</div>
      {rest > 0 && (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={onToggle}
          className="rounded font-sans text-accent text-small hover:underline"
        >
          {isOpen ? 'Show less' : `Show all ${sizeOf(text)}`}
        </button>
      )}
    </>
  )
}

/** The first lines. A very long line counts as several. */
function headOf(text: string, maxLines: number): string {
  const within = text.slice(0, maxLines * charsPerLine)
  const lines = within.split('\n')
  if (lines.length > maxLines) return lines.slice(0, maxLines).join('\n')
  return within
}

function sizeOf(text: string): string {
  const lines = text.trimEnd().split('\n').length
  return lines > 1 ? `${lines.toLocaleString('en')} lines` : `${text.length.toLocaleString('en')} characters`
}
