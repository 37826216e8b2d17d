import { describe, expect, it } from 'vitest'
import type { TranscriptEntry } from '@/server/domain/transcript'
import { createLogBuffer, type LogEntry } from './log-buffer'
import { createTranscriptReader, hasTranscript } from './transcript-reader'

const call = { type: 'assistant', message: { content: [{ type: 'tool_use', id: 'a', name: 'Bash', input: {} }] } }
const result = {
  type: 'user',
  message: { content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x'.repeat(40_000) }] },
}
const message = { type: 'assistant', message: { content: [{ type: 'text', text: 'Done, añb.' }] } }
const output = [call, result, message].map((line) => `${JSON.stringify(line)}\n`).join('')

describe('createTranscriptReader', () => {
  it.each([13, 1000, 100_000])('reads a growing log in pieces of %i like the whole log', (size) => {
    const whole = read(entriesOf([output]))
    expect(whole).toMatchObject([
      { kind: 'tool', result: { isError: false } },
      { kind: 'message', text: 'Done, añb.' },
    ])
    const pieces = Array.from({ length: Math.ceil(output.length / size) }, (_, at) =>
      output.slice(at * size, (at + 1) * size),
    )
    expect(read(entriesOf(pieces), size === 13 ? 50 : 1)).toEqual(whole)
  })

  it('knows the lines of the log that every entry was made from', () => {
    const buffer = createLogBuffer()
    const reader = createTranscriptReader('claude_local')
    buffer.beginAt(41)
    for (const entry of entriesOf([
      `${JSON.stringify(call)}\n\n${JSON.stringify(result)}\n${JSON.stringify(message)}\n`,
    ])) {
      buffer.append({ ...entry, offset: entry.offset + 1000, nextOffset: entry.nextOffset + 1000 })
      buffer.prepend([], 41)
    }
    reader.read(buffer.snapshot(), false)
    expect(reader.sources()).toEqual([[43], [44]])
  })

  it('waits for the newline of a line, unless the log has ended', () => {
    const buffer = createLogBuffer()
    const reader = createTranscriptReader('claude_local')
    for (const entry of entriesOf([JSON.stringify(message)])) buffer.append(entry)
    expect(reader.read(buffer.snapshot(), false)).toEqual([])
    expect(reader.read(buffer.snapshot(), true)).toMatchObject([{ kind: 'message' }])
  })

  it('ignores stderr, also in the middle of a line', () => {
    const entries = entriesOf([output.slice(0, 20_000), 'careful\n', output.slice(20_000)])
    const mixed = entries.map((entry, at) => (at === 1 ? { ...entry, stream: 'stderr' as const } : entry))
    expect(read(mixed)).toEqual(read(entriesOf([output])))
  })

  it('drops a line without its beginning, until that is loaded', () => {
    const cut = 50
    const [earlier, later] = entriesOf([output.slice(0, cut), output.slice(cut)])
    if (!earlier || !later) throw new Error('no entries')
    const buffer = createLogBuffer()
    const reader = createTranscriptReader('claude_local')
    buffer.append(later)
    expect(reader.read(buffer.snapshot(), false).map((entry) => entry.kind)).toEqual(['tool', 'message'])
    buffer.prepend([earlier])
    expect(reader.read(buffer.snapshot(), false)).toEqual(read(entriesOf([output])))
  })

  it('drops entries with the lines that the log drops', () => {
    const buffer = createLogBuffer({ maxLines: 20 })
    const reader = createTranscriptReader('claude_local')
    const texts = Array.from({ length: 100 }, (_, at) => `line ${at}\n`)
    let entries: readonly TranscriptEntry[] = []
    for (const entry of entriesOf(texts)) {
      buffer.append(entry)
      entries = reader.read(buffer.snapshot(), false)
    }
    expect(entries.length).toBeLessThanOrEqual(20)
    expect(entries.at(-1)).toEqual({ kind: 'raw', text: 'line 99' })
  })

  it('exists for adapters with a known output format', () => {
    expect(['claude_local', 'codex_local', 'process', 'http'].map(hasTranscript)).toEqual([true, true, false, false])
  })
})

function entriesOf(chunks: string[]): LogEntry[] {
  let offset = 0
  return chunks.map((chunk) => {
    const nextOffset = offset + Buffer.byteLength(chunk)
    const entry = { offset, nextOffset, ts: '2026-11-22T12:00:00Z', stream: 'stdout' as const, chunk }
    offset = nextOffset
    return entry
  })
}

/** Reads the log after every so many entries, and at its end. */
function read(entries: LogEntry[], every = 1): readonly TranscriptEntry[] {
  const buffer = createLogBuffer()
  const reader = createTranscriptReader('claude_local')
  entries.forEach((entry, at) => {
    buffer.append(entry)
    if (at % every === 0) reader.read(buffer.snapshot(), false)
  })
  return reader.read(buffer.snapshot(), false)
}
