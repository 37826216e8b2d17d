import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogDir, readAll, sha256, textOf } from './fixtures/log-dir'
import type { LogEntry } from './log-store'

let dir: Awaited<ReturnType<typeof createLogDir>>
beforeAll(async () => {
  dir = await createLogDir()
})
afterAll(() => dir.remove())

async function written(chunks: { stream: 'stdout' | 'stderr'; bytes: Buffer }[]) {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  for (const { stream, bytes } of chunks) await log.append(stream, bytes)
  return { runId, totals: await log.close() }
}

function stdout(text: string | Buffer) {
  return { stream: 'stdout' as const, bytes: Buffer.from(text) }
}

function expectContiguous(entries: LogEntry[], from: number, to: number) {
  let at = from
  for (const entry of entries) {
    expect(entry.offset).toBe(at)
    expect(entry.nextOffset).toBe(at + Buffer.byteLength(entry.chunk))
    at = entry.nextOffset
  }
  expect(at).toBe(to)
}

const piece = fc
  .oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(fc.constantFrom(0, 0x41, 0x80, 0xbf, 0xc3, 0xe2, 0x82, 0xac, 0xed, 0xf0, 0x9f, 0x98, 0x80, 0xff), {
      maxLength: 30,
    }),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(text)),
  )
  .map((bytes) => Buffer.from(bytes))
const chunks = fc.array(fc.record({ stream: fc.constantFrom('stdout' as const, 'stderr' as const), bytes: piece }), {
  maxLength: 25,
})

test('the text read equals the output of TextDecoder, for any bytes, chunks, pages and offsets', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 80 }), fc.nat(), async (all, limitBytes, seed) => {
      const { runId, totals } = await written(all)
      const text = await dir.text(runId)
      expect(totals).toMatchObject({ bytes: text.length, sha256: sha256(text), truncatedBytes: 0 })
      const entries = await readAll(dir.store, runId, limitBytes)
      expectContiguous(entries, 0, text.length)
      expect(textOf(entries)).toBe(text.toString())
      for (const stream of ['stdout', 'stderr'] as const) {
        const bytes = Buffer.concat(all.filter((each) => each.stream === stream).map((each) => each.bytes))
        const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
        expect(textOf(entries.filter((entry) => entry.stream === stream))).toBe(decoded)
      }
      let start = seed % (text.length + 1)
      const page = await dir.store.read(runId, { offset: start, limitBytes })
      while (start < text.length && ((text[start] ?? 0) & 0xc0) === 0x80) start++
      expectContiguous(page.entries, start, page.nextOffset)
      const sent = Buffer.byteLength(textOf(page.entries))
      expect(page.entries.length === 1 && [...textOf(page.entries)].length === 1 ? 0 : sent).toBeLessThanOrEqual(
        limitBytes,
      )
      expect(text.subarray(start, page.nextOffset).toString()).toBe(textOf(page.entries))
      expect(page.entries.length > 0).toBe(start < text.length)
    }),
    { numRuns: 150 },
  )
})

test('limitBytes is a hard limit in bytes, and at least one character is returned', async () => {
  const { runId } = await written([stdout('€€😀x')])
  const chunkOf = async (offset: number, limitBytes: number) =>
    textOf((await dir.store.read(runId, { offset, limitBytes })).entries)
  expect(await chunkOf(0, 5)).toBe('€')
  expect(await chunkOf(0, 6)).toBe('€€')
  expect(await chunkOf(6, 1)).toBe('😀')
  expect(await chunkOf(6, 5)).toBe('😀x')
})

test('a page begins at the next character from an offset inside one, and is empty at and past the end', async () => {
  const { runId } = await written([stdout('a€'), { stream: 'stderr', bytes: Buffer.from('b') }])
  const inside = await dir.store.read(runId, { offset: 2, limitBytes: 100 })
  expect(inside.entries.map(({ offset, stream, chunk }) => [offset, stream, chunk])).toEqual([[4, 'stderr', 'b']])
  expect(await dir.store.read(runId, { offset: 5, limitBytes: 9 })).toEqual({ entries: [], nextOffset: 5, logBytes: 5 })
  expect(await dir.store.read(runId, { offset: 9, limitBytes: 9 })).toEqual({ entries: [], nextOffset: 9, logBytes: 5 })
})

test('NUL, a BOM and bytes that are no UTF-8 are read back as text', async () => {
  const { runId, totals } = await written([stdout(Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0x00, 0xff, 0xe2, 0x82]))])
  expect(textOf(await readAll(dir.store, runId))).toBe('\uFEFFa\0\uFFFD\uFFFD')
  expect(totals.stdoutExcerpt).toBe('\uFEFFa\uFFFD\uFFFD')
})

test('an entry is at most 64 KiB, cut between characters', async () => {
  const { runId } = await written([stdout(`x${'€'.repeat(50_000)}`)])
  const entries = await readAll(dir.store, runId)
  expect(entries.map((entry) => entry.nextOffset - entry.offset)).toEqual([65_536, 65_535, 18_930])
  expect(entries.some((entry) => entry.chunk.includes('\uFFFD'))).toBe(false)
})

test('one stream is read alone, past long ranges of the other one', async () => {
  const noise = Array.from({ length: 3000 }, (_, line) => [
    { stream: 'stderr' as const, bytes: Buffer.from(`e${line}\n`) },
    stdout(line % 1000 === 0 ? `o${line}\n` : ''),
  ]).flat()
  const { runId, totals } = await written(noise)
  let offset = 0
  let text = ''
  while (offset < totals.bytes) {
    const page = await dir.store.read(runId, { offset, limitBytes: 4, stream: 'stdout' })
    expect(page.nextOffset).toBeGreaterThan(offset)
    for (const entry of page.entries) expect(entry.stream).toBe('stdout')
    text += textOf(page.entries)
    offset = page.nextOffset
  }
  expect(text).toBe('o0\no1000\no2000\n')
})

test('a page is bounded in entries, and any page of a log of many chunks is found', async () => {
  const lines = Array.from({ length: 6000 }, (_, line) => ({
    stream: line % 2 === 0 ? ('stdout' as const) : ('stderr' as const),
    bytes: Buffer.from(`${String(line).padStart(4, '0')}\n`),
  }))
  const { runId } = await written(lines)
  const page = await dir.store.read(runId, { offset: 0, limitBytes: 1024 ** 2 })
  expect(page.entries).toHaveLength(2000)
  for (const line of [0, 1, 511, 512, 2500, 5487, 5488, 5489, 5999]) {
    const found = await dir.store.read(runId, { offset: line * 5, limitBytes: 5 })
    expect(textOf(found.entries)).toBe(`${String(line).padStart(4, '0')}\n`)
  }
})

test('a run without a log reads as an empty one; an invalid id is rejected', async () => {
  const none = dir.runId()
  expect(await dir.store.read(none, { offset: 0, limitBytes: 9 })).toEqual({ entries: [], nextOffset: 0, logBytes: 0 })
  expect(await dir.store.info(none)).toEqual({ bytes: 0 })
  expect(await dir.store.seal(none)).toMatchObject({ bytes: 0, sha256: sha256('') })
  await expect(dir.store.read('../../etc', { offset: 0, limitBytes: 9 })).rejects.toThrow('uuid')
})

test('no text after endOffset is read', async () => {
  const { runId } = await written([stdout('kept, and added by a fenced writer')])
  const page = await dir.store.read(runId, { offset: 0, limitBytes: 100, endOffset: 4 })
  expect([textOf(page.entries), page.nextOffset, page.logBytes]).toEqual(['kept', 4, 4])
})

test('a removed log is empty', async () => {
  const { runId } = await written([stdout('gone')])
  expect((await dir.store.info(runId)).bytes).toBe(4)
  await dir.store.remove(runId)
  expect((await dir.store.info(runId)).bytes).toBe(0)
})
