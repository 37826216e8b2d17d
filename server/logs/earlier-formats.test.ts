import { appendFileSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { packageRoot } from '@/db/package-root'
import { earlierRecordBytes } from './earlier-index'
import { createLogDir, readAll, sha256, textOf } from './fixtures/log-dir'
import { logFolder } from './local-files'
import { recordBytes } from './log-index'
import type { SearchHit } from './log-store'
import { packLog } from './packed'

// Written by earlier releases: 700 chunks of both streams, a text whose last line has no newline, and a short one.
const dir = await createLogDir()
afterAll(() => dir.remove())
const fixtures = join(packageRoot(), 'server', 'logs', 'fixtures', 'earlier')
const longText = readFileSync(join(fixtures, 'index-of-22', 'long', 'log'), 'utf8')
const unendedText = `${'x'.repeat(99)}\nno newline at the end`

/** A run with the log of a fixture. */
function runWith(fixture: string): string {
  const runId = dir.runId()
  mkdirSync(logFolder(dir.dataDir, runId), { recursive: true })
  cpSync(join(fixtures, fixture), logFolder(dir.dataDir, runId), { recursive: true })
  return runId
}

const untimed = <T extends { ts: string }>(items: T[]) => items.map(({ ts, ...item }) => item)

async function hitsOf(runId: string): Promise<SearchHit[]> {
  const hits: SearchHit[] = []
  const query = { text: '日本', matchCase: true, offset: 0, limit: 1000 }
  for await (const page of dir.store.search(runId, query, new AbortController().signal)) hits.push(...page.hits)
  return hits
}

/** The results of all read operations on a log. */
async function everythingOf(runId: string) {
  const limits = { lines: 50, limitBytes: 1024 ** 2 }
  const inTheMiddle = await dir.store.lines(runId, { ...limits, at: { line: 300 } })
  const atOffset = await dir.store.lines(runId, { ...limits, at: { offset: 4000 } })
  const atTheEnd = await dir.store.lines(runId, { ...limits, at: { last: 3 } })
  return {
    entries: untimed(await readAll(dir.store, runId)),
    small: untimed(await readAll(dir.store, runId, 100, 5000)),
    lines: [inTheMiddle, atOffset, atTheEnd].map((page) => ({ ...page, entries: untimed(page.entries) })),
    streams: await dir.store.lineStreams(runId, { offset: 0 }),
    stderr: (await dir.store.read(runId, { offset: 0, limitBytes: 1024 ** 2, stream: 'stderr' })).nextOffset,
    hits: untimed(await hitsOf(runId)),
    info: await dir.store.info(runId),
  }
}

describe.each(['index-of-16', 'index-of-22', 'compressed'])('a log of an earlier release: %s', (format) => {
  test('is read completely, by offset, by line and by stream, and searched, like a current one', async () => {
    const runId = runWith(`${format}/long`)
    expect(textOf(await readAll(dir.store, runId))).toBe(longText)
    const found = await everythingOf(runId)
    expect(found.info).toEqual({ bytes: Buffer.byteLength(longText) })
    expect(found.hits).toHaveLength(100)
    expect(found).toEqual(await everythingOf(runWith('index-of-22/long')))
  })
})

describe.each(['index-of-16', 'index-of-22'])('%s', (format) => {
  test('reads a log of one chunk, and one that ends in the middle of a line', async () => {
    expect(textOf(await readAll(dir.store, runWith(`${format}/short`)))).toBe('old words\n')
    const runId = runWith(`${format}/unended`)
    expect(textOf(await readAll(dir.store, runId))).toBe(unendedText)
    const streams = await dir.store.lineStreams(runId, { offset: 0 })
    expect(streams).toMatchObject({ counts: [1], unended: { stdout: 0, stderr: 2 } })
  })

  test('is sealed after its writer died, without the partial write', async () => {
    const runId = runWith(`${format}/long`)
    appendFileSync(dir.file(runId, 'log'), 'torn')
    appendFileSync(dir.file(runId, 'index'), Buffer.alloc(9, 1))
    const totals = await dir.store.seal(runId)
    expect(totals).toMatchObject({ bytes: Buffer.byteLength(longText), sha256: sha256(longText) })
    expect(statSync(dir.file(runId, 'index')).size).toBe(
      700 * (format === 'index-of-16' ? earlierRecordBytes : recordBytes),
    )
    expect(textOf(await readAll(dir.store, runId))).toBe(longText)
  })

  test('reads the same after it was compressed', async () => {
    const runId = runWith(`${format}/long`)
    const before = await everythingOf(runId)
    const expected = { bytes: Buffer.byteLength(longText), sha256: sha256(longText) }
    expect(await packLog(logFolder(dir.dataDir, runId), expected)).toBe(true)
    expect(await everythingOf(runId)).toEqual(before)
  })
})

test('a log compressed in a later format is reported as unreadable', async () => {
  const runId = runWith('compressed/long')
  const path = join(logFolder(dir.dataDir, runId), 'packed', 'manifest.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), version: 2 }))
  await expect(dir.store.info(runId)).rejects.toMatchObject({
    reason: 'unavailable',
    message: 'The log of this run was compressed in a format that this release cannot read.',
  })
})
