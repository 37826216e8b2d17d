import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogStream } from '@/server/domain/run-status'
import { createLogBuffer, type LogEntry } from './log-buffer'

const ts = '2026-11-22T10:00:00.000Z'

function entriesOf(chunks: readonly (string | [LogStream, string])[], start = 0): LogEntry[] {
  let offset = start
  return chunks.map((given) => {
    const [stream, chunk] = typeof given === 'string' ? (['stdout', given] as const) : given
    const nextOffset = offset + Buffer.byteLength(chunk)
    const entry = { offset, nextOffset, ts, stream, chunk }
    offset = nextOffset
    return entry
  })
}

function textsOf(entries: readonly LogEntry[], options?: Parameters<typeof createLogBuffer>[0]): string[] {
  const buffer = createLogBuffer(options)
  for (const entry of entries) buffer.append(entry)
  return buffer.snapshot().lines.map((line) => line.text)
}

describe('createLogBuffer', () => {
  it('joins lines across entries', () => {
    expect(textsOf(entriesOf(['one\ntw', 'o', '\nthr', 'ee']))).toEqual(['one', 'two', 'three'])
  })

  it('keeps the lines of the two streams apart, each where it began', () => {
    const entries = entriesOf(['out ', ['stderr', 'oh '], 'goes on\n', ['stderr', 'no\n']])
    expect(textsOf(entries)).toEqual(['out goes on', 'oh no'])
  })

  it('splits chunks into the same lines as the whole text', () => {
    const pieces = fc.array(fc.stringMatching(/^[a-zé😀\n]{1,8}$/u), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(pieces, (chunks) => {
        const expected = chunks.join('').split('\n')
        if (expected.at(-1) === '') expected.pop()
        expect(textsOf(entriesOf(chunks))).toEqual(expected)
      }),
    )
  })

  it('drops text that a reconnect sends again, in whole or in part', () => {
    const [first, second, third] = entriesOf(['añb\n', 'cdé', 'f\n']) as [LogEntry, LogEntry, LogEntry]
    const overlapping = { ...second, chunk: 'b\ncdéf\n', offset: second.offset - 2, nextOffset: third.nextOffset }
    expect(textsOf([first, second, first, second, overlapping, third])).toEqual(['añb', 'cdéf'])
  })

  it('prepends earlier text and joins the line at the seam', () => {
    const all = entriesOf(['zero\non', 'e\ntwo\n', 'three\n'])
    const buffer = createLogBuffer()
    buffer.beginAt(8)
    for (const entry of all.slice(1)) buffer.append(entry)
    expect(buffer.snapshot()).toMatchObject({ lines: [{ number: 8 }, { number: 9 }, { number: 10 }], firstOffset: 7 })
    buffer.prepend(all.slice(0, 1), 7)
    const { lines, firstOffset } = buffer.snapshot()
    expect(lines.map((line) => [line.number, line.text])).toEqual([
      [7, 'zero'],
      [8, 'one'],
      [9, 'two'],
      [10, 'three'],
    ])
    expect(firstOffset).toBe(0)
  })

  it('stays within its bounds, keeps the newest lines and continues their numbers', () => {
    const chunks = Array.from({ length: 1_000 }, (_, number) => `line ${number + 1}\n`)
    const buffer = createLogBuffer({ maxChars: 1_000 })
    for (const entry of entriesOf(chunks)) buffer.append(entry)
    const { lines, trimmed } = buffer.snapshot()
    expect(trimmed).toBe(true)
    expect(lines.reduce((sum, line) => sum + line.text.length + 1, 0)).toBeLessThanOrEqual(1_000)
    expect(lines.at(-1)?.text).toBe('line 1000')
    expect(lines[0]?.number).toBeGreaterThan(900)
    expect(lines[0]?.text).toBe(`line ${lines[0]?.number}`)
  })

  it('bounds the number of lines, however short they are', () => {
    const lines = textsOf(entriesOf(['\n'.repeat(5_000)]), { maxLines: 100 })
    expect(lines.length).toBeLessThanOrEqual(100)
  })

  it('splits a very long line into rows without losing a character', () => {
    const long = '😀x'.repeat(40_000)
    const texts = textsOf(entriesOf([long.slice(0, 50_001), long.slice(50_001), '\nnext\n']))
    expect(texts.length).toBeGreaterThan(3)
    expect(texts.slice(0, -1).join('')).toBe(long)
    expect(texts.every((text) => text.isWellFormed?.() ?? true)).toBe(true)
    expect(texts.at(-1)).toBe('next')
  })

  it('keeps only the visible text of a progress bar', () => {
    const frames = Array.from({ length: 20_000 }, (_, step) => `\rstep ${step}`)
    const texts = textsOf(entriesOf(frames))
    expect(texts).toHaveLength(1)
    expect(texts[0]?.endsWith('\rstep 19999')).toBe(true)
    expect(texts[0]?.length).toBeLessThan(20_000)
  })

  it('carries a colour over to the next line of the same stream only', () => {
    const buffer = createLogBuffer()
    for (const entry of entriesOf(['\x1b[31mred\n', ['stderr', 'plain\n'], 'still red\x1b[0m\n', 'plain\n'])) {
      buffer.append(entry)
    }
    expect(buffer.snapshot().lines.map((line) => line.style)).toEqual([{}, {}, { fg: 1 }, {}])
  })
})
