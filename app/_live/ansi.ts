/** A colour of the terminal's palette, 0 to 255, or `#rrggbb`. */
export type AnsiColour = number | string

export type AnsiStyle = {
  readonly fg?: AnsiColour
  readonly bg?: AnsiColour
  readonly bold?: boolean
  readonly dim?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
  readonly inverse?: boolean
  readonly strike?: boolean
}

export type AnsiSpan = { text: string; style: AnsiStyle }

export const plain: AnsiStyle = {}

// Escape sequences: CSI with its final letter, OSC and other strings, two-character sequences, and an incomplete one.
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
  /\x1b\[([0-9;:?<=>]*)[ -/]*([@-~])|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-9;:?<=>]*$|\x1b[()*+].|\x1b[^[\]()*+]?/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: characters and sequences that move the cursor
const moves = /[\r\x08]|\x1b\[[\d;]*[CDGHJKf]/
/** No terminal is wider than this. */
const mostColumns = 16_384
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are replaced by visible symbols
const controls = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g

/** One line of output as a terminal shows it: with colours and cursor movements, without other escape sequences. */
export function spansOf(line: string, start: AnsiStyle = plain): AnsiSpan[] {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line
  if (moves.test(text)) return overwrittenSpans(text, start)
  if (text.includes('\x1b')) return straightSpans(text, start)
  return text === '' ? [] : [{ text: visible(text), style: start }]
}

/** The style in force after the text. */
export function styleAfter(text: string, start: AnsiStyle): AnsiStyle {
  let style = start
  for (const match of text.matchAll(escapes)) if (match[2] === 'm') style = restyled(style, match[1] ?? '')
  return style
}

function straightSpans(text: string, start: AnsiStyle): AnsiSpan[] {
  const spans: AnsiSpan[] = []
  let style = start
  let from = 0
  const push = (piece: string) => piece !== '' && spans.push({ text: visible(piece), style })
  for (const match of text.matchAll(escapes)) {
    push(text.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm') style = restyled(style, match[1] ?? '')
  }
  push(text.slice(from))
  return spans
}

function overwrittenSpans(text: string, start: AnsiStyle): AnsiSpan[] {
  let cells: AnsiSpan[] = []
  let style = start
  let column = 0
  let from = 0
  const print = (piece: string) => {
    for (const character of piece) {
      if (character === '\r') column = 0
      else if (character === '\b') column = Math.max(0, column - 1)
      else column = put(cells, column, character, style)
    }
  }
  for (const match of text.matchAll(escapes)) {
    print(text.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm') style = restyled(style, match[1] ?? '')
    else if (match[2] === 'K' || match[2] === 'J') cells = erased(cells, column, match[1] ?? '')
    else column = moved(column, match[2] ?? '', match[1] ?? '')
  }
  print(text.slice(from))
  return joinedCells(cells)
}

/** Puts a character into its cells. A wide one takes two cells; overwriting one of them clears the other. */
function put(cells: AnsiSpan[], column: number, character: string, style: AnsiStyle): number {
  const before = cells[column - 1]
  if (combining.test(character) && before) {
    cells[column - 1] = { ...before, text: before.text + character }
    return column
  }
  const end = column + (wide.test(character) ? 2 : 1)
  if (cells[column]?.text === '') cells[column - 1] = { text: ' ', style: plain }
  if (cells[end]?.text === '') cells[end] = { text: ' ', style: plain }
  cells[column] = { text: visible(character), style }
  if (end > column + 1) cells[column + 1] = { text: '', style }
  return end
}

/** Characters that take two columns: East Asian wide and full-width characters, and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
/** Characters that combine with the one before. */
const combining = /[\p{M}\p{Cf}]/u

/** Erases to the end, to the beginning (1), or all (2, 3) of the line. The rest of the screen is not known. */
function erased(cells: AnsiSpan[], column: number, what: string): AnsiSpan[] {
  if (what === '2' || what === '3') return []
  if (what === '1') return cells.map((cell, at) => (at <= column ? { text: ' ', style: plain } : cell))
  return cells.slice(0, column)
}

/** The column of the cursor after a movement within its line. */
function moved(column: number, letter: string, parameter: string): number {
  const by = Math.max(1, Number(parameter) || 1)
  if (letter === 'C') return Math.min(mostColumns, column + by)
  if (letter === 'D') return Math.max(0, column - by)
  if (letter === 'H' || letter === 'f') return moved(column, 'G', parameter.split(';')[1] ?? '')
  return letter === 'G' ? Math.min(mostColumns, by) - 1 : column
}

function joinedCells(cells: readonly (AnsiSpan | undefined)[]): AnsiSpan[] {
  const spans: AnsiSpan[] = []
  for (const cell of Array.from(cells, (given) => given ?? { text: ' ', style: plain })) {
    const last = spans.at(-1)
    if (last && last.style === cell.style) last.text += cell.text
    else spans.push({ ...cell })
  }
  return spans
}

function visible(text: string): string {
  return text.replace(controls, (character) =>
    character === '\x7f' ? '\u2421' : String.fromCharCode(0x2400 + character.charCodeAt(0)),
  )
}

const switches: Record<number, Partial<AnsiStyle>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: undefined, dim: undefined },
  23: { italic: undefined },
  24: { underline: undefined },
  27: { inverse: undefined },
  29: { strike: undefined },
  39: { fg: undefined },
  49: { bg: undefined },
}

function restyled(style: AnsiStyle, parameters: string): AnsiStyle {
  const given = parameters.split(';')
  let next: AnsiStyle = style
  for (let at = 0; at < given.length; at++) {
    const [code = 0, ...parts] = (given[at] ?? '').split(':').map(Number)
    if (code === 0) next = plain
    else if (code === 4 && parts[0] === 0) next = { ...next, underline: undefined }
    else if (code === 38 || code === 48 || code === 58) {
      const [colour, used] = parts.length > 0 ? [partsColour(parts), 0] : extendedColour(given.map(Number), at + 1)
      // The colour of an underline (58) is ignored.
      if (colour !== null && code !== 58) next = { ...next, [code === 38 ? 'fg' : 'bg']: colour }
      at += used
    } else next = { ...next, ...(switches[code] ?? paletteColour(code)) }
  }
  return next
}

function paletteColour(code: number): Partial<AnsiStyle> {
  if (code >= 30 && code <= 37) return { fg: code - 30 }
  if (code >= 90 && code <= 97) return { fg: code - 82 }
  if (code >= 40 && code <= 47) return { bg: code - 40 }
  if (code >= 100 && code <= 107) return { bg: code - 92 }
  return {}
}

/** In the form with colons, a colour space, mostly empty, may come before red, green and blue. */
function partsColour(parts: readonly number[]): AnsiColour | null {
  const [kind, ...rest] = parts
  return extendedColour([kind ?? 0, ...(kind === 2 && rest.length > 3 ? rest.slice(1) : rest)], 0)[0]
}

/** `5;N` or `2;R;G;B` → the colour, and how many codes it consists of. */
function extendedColour(codes: readonly number[], at: number): [AnsiColour | null, number] {
  if (codes[at] === 5) return [Math.min(255, codes[at + 1] ?? 0), 2]
  if (codes[at] !== 2) return [null, 1]
  const hex = [1, 2, 3].map((part) =>
    Math.min(255, codes[at + part] ?? 0)
      .toString(16)
      .padStart(2, '0'),
  )
  return [`#${hex.join('')}`, 4]
}

/** The text of a line without colours, for copying. */
export function plainTextOf(line: string): string {
  return spansOf(line)
    .map((span) => span.text)
    .join('')
}
