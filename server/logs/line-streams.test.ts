import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LogStream } from '@/server/domain/run-status'
import { createLogDir } from './fixtures/log-dir'

let dir: Awaited<ReturnType<typeof createLogDir>>
beforeAll(async () => {
  dir = await createLogDir()
})
afterAll(() => dir.remove())

type Chunk = { stream: LogStream; text: string }

async function written(given: Chunk[]): Promise<string> {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  for (const { stream, text } of given) await log.append(stream, Buffer.from(text))
  await log.close()
  return runId
}

/** The stream of each line that has ended, and the position of each stream's last text. */
function expected(given: Chunk[]) {
  const streams: LogStream[] = []
  const unended: Record<LogStream, number | null> = { stdout: null, stderr: null }
  for (const { stream, text } of given) {
    for (const character of text) {
      unended[stream] = character === '\n' ? 0 : streams.length + 1
      if (character === '\n') streams.push(stream)
    }
  }
  return { streams, unended }
}

const chunks = fc.array(
  fc.record({
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    text: fc.array(fc.constantFrom('a', '\n', '\n', '€'), { maxLength: 12 }).map((parts) => parts.join('')),
  }),
  { maxLength: 30 },
)

test('every line belongs to the stream that ended it, and text without a newline is reported', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, async (given) => {
      const { counts, unended, ...page } = await dir.store.lineStreams(await written(given), { offset: 0 })
      const told = counts.flatMap((lines, at) => Array<LogStream>(lines).fill(at % 2 === 0 ? 'stdout' : 'stderr'))
      const { streams, unended: open } = expected(given)
      expect(told).toEqual(streams)
      expect(unended).toEqual(open)
      expect(page).toMatchObject({ firstLine: 1, nextOffset: page.logBytes })
    }),
    { numRuns: 150 },
  )
})

test('the streams of lines are read from an offset to the end of the log', async () => {
  const runId = await written([
    { stream: 'stdout', text: 'one\ntwo\n' },
    { stream: 'stderr', text: 'three\n' },
    { stream: 'stdout', text: 'four\nrest' },
  ])
  const part = await dir.store.lineStreams(runId, { offset: 4, endOffset: 14 })
  expect(part).toEqual({
    firstLine: 2,
    counts: [1, 1],
    unended: { stdout: 0, stderr: 0 },
    nextOffset: 14,
    logBytes: 14,
  })
  const rest = await dir.store.lineStreams(runId, { offset: part.nextOffset })
  expect(rest).toMatchObject({ firstLine: 4, counts: [1], unended: { stdout: 5, stderr: null } })
})

test('a log with many changes of stream is read in consecutive pages', async () => {
  const given = Array.from({ length: 26_000 }, (_, at): Chunk[] => [
    { stream: 'stdout', text: `${at}\n` },
    { stream: 'stderr', text: '!\n' },
  ]).flat()
  const runId = await written(given)
  const counts: number[] = []
  let offset = 0
  for (let pages = 0; pages < 10; pages++) {
    const page = await dir.store.lineStreams(runId, { offset })
    expect(page.firstLine).toBe(counts.reduce((sum, lines) => sum + lines, 1))
    counts.push(...page.counts)
    offset = page.nextOffset
    if (offset === page.logBytes) break
  }
  expect(counts).toHaveLength(52_000)
  expect(new Set(counts)).toEqual(new Set([1]))
})
