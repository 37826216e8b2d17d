import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogDir, textOf } from './fixtures/log-dir'
import type { SearchHit, SearchQuery } from './log-store'

let dir: Awaited<ReturnType<typeof createLogDir>>
beforeAll(async () => {
  dir = await createLogDir()
})
afterAll(() => dir.remove())

type Chunk = { stream: 'stdout' | 'stderr'; text: string }

async function written(chunks: Chunk[]) {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  for (const { stream, text } of chunks) await log.append(stream, Buffer.from(text))
  await log.close()
  return { runId, text: (await dir.text(runId)).toString() }
}

/** With their newlines. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

async function found(runId: string, query: Partial<SearchQuery> & { text: string }) {
  const hits: SearchHit[] = []
  let last = { nextOffset: -1, logBytes: -1, done: false, more: false }
  const whole = { matchCase: false, offset: 0, limit: 10_000, ...query }
  for await (const { hits: some, ...page } of dir.store.search(runId, whole, new AbortController().signal)) {
    hits.push(...some)
    last = page
  }
  return { hits, last }
}

const chunks = fc.array(
  fc.record({
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    text: fc
      .array(fc.constantFrom('a', 'B', '\n', '\n', '€', 'É', 'é', '😀', '.', 'ſ'), { maxLength: 40 })
      .map((parts) => parts.join('')),
  }),
  { maxLength: 30 },
)

test('a page contains exactly its lines, whatever the chunks are, and its position', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat(), fc.integer({ min: 1, max: 8 }), async (given, seed, lines) => {
      const { runId, text } = await written(given)
      const all = linesOf(text)
      const line = (seed % (all.length + 2)) + 1
      const query = { lines, limitBytes: 1024 ** 2 }
      const page = await dir.store.lines(runId, { ...query, at: { line } })
      const firstLine = Math.min(line, all.length + 1)
      const offset = Buffer.byteLength(all.slice(0, firstLine - 1).join(''))
      expect(page).toMatchObject({ firstLine, totalLines: all.length, offset, logBytes: Buffer.byteLength(text) })
      expect(textOf(page.entries)).toBe(all.slice(firstLine - 1, firstLine - 1 + lines).join(''))
      expect(page.nextLine).toBe(Math.min(firstLine + lines, all.length + 1))
      expect(page.nextOffset).toBe(offset + Buffer.byteLength(textOf(page.entries)))
      const last = await dir.store.lines(runId, { ...query, at: { last: lines } })
      expect(textOf(last.entries)).toBe(all.slice(-lines).join(''))
      const from = await dir.store.lines(runId, { ...query, at: { offset: page.nextOffset } })
      expect(from.firstLine).toBe(
        page.nextOffset === page.logBytes && text.endsWith('\n') ? all.length + 1 : holder(all, page.nextOffset),
      )
    }),
    { numRuns: 150 },
  )
})

/** The number of the line that contains an offset; past the end, that of the last line. */
function holder(all: string[], offset: number): number {
  const ends = all.map((_, at) => Buffer.byteLength(all.slice(0, at + 1).join('')))
  const index = ends.findIndex((end) => end > offset)
  return index < 0 ? Math.max(1, all.length) : index + 1
}

test('a long line is read in parts, and the position of the rest is returned', async () => {
  const { runId } = await written([{ stream: 'stdout', text: `one\n${'x'.repeat(300_000)}\nthree` }])
  const page = await dir.store.lines(runId, { at: { line: 2 }, lines: 5, limitBytes: 1000 })
  expect(page).toMatchObject({ firstLine: 2, offset: 4, nextLine: 2, nextOffset: 1004, totalLines: 3 })
  const end = await dir.store.lines(runId, { at: { last: 1 }, lines: 5, limitBytes: 1000 })
  expect([textOf(end.entries), end.firstLine, end.nextLine]).toEqual(['three', 3, 4])
})

test('with one stream alone the lines of both still count', async () => {
  const given = Array.from({ length: 2000 }, (_, at): Chunk[] => [
    { stream: 'stdout', text: `o${at}\n` },
    { stream: 'stderr', text: `e${at}\n` },
  ])
  const { runId } = await written(given.flat())
  const page = await dir.store.lines(runId, { at: { line: 1001 }, lines: 4, limitBytes: 1000, stream: 'stderr' })
  expect([textOf(page.entries), page.nextLine]).toEqual(['e500\ne501\n', 1005])
})

test('a search finds every match, with or without regard to case, with its line', async () => {
  const needles = ['a', 'A', 'b\n'.trim(), 'é', 'É€', 'ab', '.', '€.', '😀', 's']
  await fc.assert(
    fc.asyncProperty(chunks, fc.constantFrom(...needles), fc.boolean(), async (given, needle, matchCase) => {
      const { runId, text } = await written(given)
      const { hits, last } = await found(runId, { text: needle, matchCase })
      const isAscii = /^[\0-\x7f]*$/.test(needle)
      const flags = matchCase ? 'gu' : isAscii ? 'gi' : 'giu'
      const expected = [...text.matchAll(new RegExp(needle.replace('.', '\\.'), flags))].map((match) => ({
        offset: Buffer.byteLength(text.slice(0, match.index)),
        line: text.slice(0, match.index).split('\n').length,
        matched: match[0],
      }))
      const got = hits.map((hit) => ({
        offset: hit.offset,
        line: hit.line,
        matched: hit.excerpt.slice(hit.start, hit.end),
      }))
      expect(got).toEqual(expected)
      expect(last).toEqual({
        nextOffset: Buffer.byteLength(text),
        logBytes: Buffer.byteLength(text),
        done: true,
        more: false,
      })
    }),
    { numRuns: 200 },
  )
})

test('a search crosses windows and chunks, stops at its limit, and continues from there', async () => {
  const filler = `${'.'.repeat(97)}\n`
  // Some begin exactly at, before and after the borders of 256 KiB.
  const borders = [1, 2, 3].flatMap((nth) => [-3, -2, -1, 0, 1].map((by) => nth * 262_144 + by * 11))
  const bytes = Buffer.from(filler.repeat(10_000))
  for (const at of borders) bytes.write('NEEDLE-€!', at)
  const { runId, text } = await written([{ stream: 'stdout', text: bytes.toString() }])
  for (const needle of ['needle-€!', 'NEEDLE-']) {
    const { hits } = await found(runId, { text: needle })
    expect(hits.map((hit) => hit.offset)).toEqual(borders)
    expect(hits.map((hit) => hit.line)).toEqual(
      borders.map((at) => bytes.subarray(0, at).toString().split('\n').length),
    )
  }
  const first = await found(runId, { text: 'needle', limit: 4 })
  expect([first.hits.length, first.last.done, first.last.more]).toEqual([4, true, true])
  const rest = await found(runId, { text: 'needle', offset: first.last.nextOffset })
  expect([...first.hits, ...rest.hits].map((hit) => hit.offset)).toEqual(borders)
  expect(text).toHaveLength(bytes.toString().length)
})

test('an excerpt stays within its line, and a search within its stream', async () => {
  const { runId } = await written([
    { stream: 'stdout', text: `before\n${'€'.repeat(500)}here${'é'.repeat(500)}\nafter\n` },
    { stream: 'stderr', text: 'here too\n' },
  ])
  const { hits } = await found(runId, { text: 'HERE' })
  expect(hits.map((hit) => [hit.stream, hit.line])).toEqual([
    ['stdout', 2],
    ['stderr', 4],
  ])
  expect(hits[0]?.excerpt).toMatch(/^€{40}hereé+$/)
  expect(hits[1]?.excerpt).toBe('here too')
  expect((await found(runId, { text: 'here', stream: 'stderr' })).hits).toHaveLength(1)
  expect((await found(dir.runId(), { text: 'here' })).last).toMatchObject({ done: true, logBytes: 0 })
})
