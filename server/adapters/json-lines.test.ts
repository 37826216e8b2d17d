import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLines } from './json-lines'

function linesOf(chunks: Buffer[], limitBytes?: number): string[] {
  const lines: string[] = []
  const reader = createLines((line) => lines.push(line), limitBytes)
  for (const chunk of chunks) reader.push(chunk)
  reader.end()
  return lines
}

it('gives the same lines however the bytes are chunked', () => {
  const text = 'first\n{"emoji":"🚀ü"}\n\n\r\nlast'
  const bytes = Buffer.from(text)
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 10 }), (cuts) => {
      const ends = [...cuts, bytes.length].sort((a, b) => a - b)
      const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      expect(linesOf(chunks)).toEqual(['first', '{"emoji":"🚀ü"}', '\r', 'last'])
    }),
  )
})

it('skips a line that is too long, and only that', () => {
  const chunks = ['ok\n', 'x'.repeat(8), 'x'.repeat(8), 'x\nfine\n', 'y'.repeat(11), '\nend'].map((text) =>
    Buffer.from(text),
  )
  expect(linesOf(chunks, 10)).toEqual(['ok', 'fine', 'end'])
})
