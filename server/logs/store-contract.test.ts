import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ObjectStorage, startObjectStorage } from '@/tests/object-storage'
import { type Archive, localArchive } from './archiver'
import { createLogDir, readAll, sha256, textOf } from './fixtures/log-dir'
import type { LogReading } from './log-store'
import { textBlockBytes } from './pack'
import { type Objects, openObjects } from './s3/objects'
import { createS3Archive } from './s3/s3-archive'

let dir: Awaited<ReturnType<typeof createLogDir>>
let storage: ObjectStorage
let objects: Objects
beforeAll(async () => {
  dir = await createLogDir()
  storage = await startObjectStorage()
  for (const [name, value] of Object.entries(storage.env)) vi.stubEnv(name, value)
  objects = await openObjects(storage.settings)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await dir.remove()
  await storage.close()
})

const segmentBytes = 300_000
const line = (at: number) => `line ${at} äöü €😀 ${'x'.repeat(at % 97)}\n`

async function opened() {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  const say = async (from: number, to: number) => {
    for (let at = from; at < to; at++) await log.append(at % 3 === 0 ? 'stderr' : 'stdout', Buffer.from(line(at)))
  }
  /** Resolves when the appended text can be read. */
  const settled = (bytes: number) => vi.waitFor(async () => expect((await dir.store.info(runId)).bytes).toBe(bytes))
  return { runId, log, say, settled, folder: dirname(dir.file(runId, 'log')) }
}

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => line(from + at)).join('')

/** The archive of a finished log, and its read operations. */
const ways: Record<string, () => { archive: Archive; reading: LogReading; remove(runId: string): Promise<void> }> = {
  local: () => ({ archive: localArchive, reading: dir.store, remove: dir.store.remove }),
  s3: () => {
    const archive = createS3Archive(objects, { segmentBytes })
    return { archive, reading: archive, remove: archive.remove }
  },
}

describe.each(['local', 's3'] as const)('a log that is stored in %s', (way) => {
  test('reads as it was written, by any offset, by line and by search, and can be removed', async () => {
    const { archive, reading, remove } = ways[way]?.() ?? expect.fail()
    const { runId, log, say, folder } = await opened()
    await say(0, 12_000)
    const totals = await log.close()
    const before = await readAll(dir.store, runId)
    await archive.finish(runId, folder, totals)
    expect(existsSync(dir.file(runId, 'log'))).toBe(false)
    expect(await readAll(reading as typeof dir.store, runId)).toEqual(before)
    expect(sha256(textOf(before))).toBe(totals.sha256)
    expect(await reading.info(runId)).toEqual({ bytes: totals.bytes })
    const text = Buffer.from(textOf(before))
    for (const offset of [0, 1, 262_143, 262_144, 300_000, 300_001, 599_999, totals.bytes - 5, totals.bytes]) {
      const page = await reading.read(runId, { offset, limitBytes: 3000 })
      const first = page.entries[0]?.offset ?? page.nextOffset
      expect(text.subarray(first, page.nextOffset).toString()).toBe(textOf(page.entries))
      expect(first - offset).toBeLessThan(4)
    }
    const middle = await reading.lines(runId, { at: { line: 7001 }, lines: 50, limitBytes: 100_000 })
    expect([textOf(middle.entries), middle.totalLines]).toEqual([lines(7000, 7050), 12_000])
    const hits = []
    const query = { text: 'LINE 11', matchCase: false, offset: 0, limit: 5000 }
    for await (const page of reading.search(runId, query, new AbortController().signal)) hits.push(...page.hits)
    expect(hits.map((hit) => hit.line)).toEqual(
      Array.from({ length: 12_000 }, (_, at) => at + 1).filter((number) => String(number - 1).startsWith('11')),
    )
    await archive.finish(runId, folder, totals)
    expect((await reading.info(runId)).bytes).toBe(totals.bytes)
    await remove(runId)
    expect(await readAll(reading as typeof dir.store, runId)).toEqual([])
  })

  test('stays in its folder when it differs from the recorded checksum', async () => {
    const { archive } = ways[way]?.() ?? expect.fail()
    const { runId, log, say, folder } = await opened()
    await say(0, 100)
    const totals = await log.close()
    await expect(archive.finish(runId, folder, { ...totals, sha256: sha256('other') })).rejects.toThrow('recorded')
    expect((await dir.text(runId)).toString()).toBe(lines(0, 100))
    await archive.finish(runId, folder, totals)
    expect(existsSync(dir.file(runId, 'log'))).toBe(false)
  })

  test('a run without a log reads as an empty one', async () => {
    const { archive, reading } = ways[way]?.() ?? expect.fail()
    const runId = dir.runId()
    expect((await reading.read(runId, { offset: 0, limitBytes: 9 })).entries).toEqual([])
    expect((await reading.lines(runId, { at: { last: 5 }, lines: 5, limitBytes: 9 })).totalLines).toBe(0)
    await archive.finish(runId, dirname(dir.file(runId, 'log')), { bytes: 0, sha256: sha256('') })
  })
})

test('a running run has its full segments in the bucket, and loses only the rest with its server', async () => {
  const { runId, log, say, settled, folder } = await opened()
  const archive = createS3Archive(objects, { segmentBytes })
  await say(0, 1000)
  await settled(Buffer.byteLength(lines(0, 1000)))
  await archive.grow(runId, folder)
  expect(await archive.state(runId)).toBe(null)
  await say(1000, 10_000)
  await settled(Buffer.byteLength(lines(0, 10_000)))
  await archive.grow(runId, folder)
  expect(await archive.state(runId)).toBe('part')
  const stored = textOf(await readAll(archive as never, runId))
  expect(Buffer.byteLength(stored)).toBeGreaterThanOrEqual(2 * segmentBytes)
  expect(lines(0, 10_000).startsWith(stored)).toBe(true)

  // The next incarnation of the server continues from here.
  const puts: string[] = []
  const put = (key: string, body: Buffer) => {
    puts.push(key)
    return objects.put(key, body)
  }
  const counted = { ...objects, put }
  const next = createS3Archive(counted, { segmentBytes })
  await say(10_000, 11_000)
  const totals = await log.close()
  await next.finish(runId, folder, totals)
  expect(puts.some((key) => key.includes('000000'))).toBe(false)
  expect(await createS3Archive(objects).state(runId)).toBe('whole')
  expect(textOf(await readAll(createS3Archive(objects) as never, runId))).toBe(lines(0, 11_000))
})

test('a search reads ahead, and a page from any offset takes few requests', async () => {
  const { runId, log, say, folder } = await opened()
  await say(0, 120_000)
  const totals = await log.close()
  await createS3Archive(objects).finish(runId, folder, totals)
  const blocks = Math.ceil(totals.bytes / textBlockBytes)
  expect(blocks).toBeGreaterThan(30)
  const archive = createS3Archive(objects)
  const requestsOf = async (work: () => Promise<unknown>) => {
    const before = storage.requests().length
    await work()
    return storage.requests().slice(before)
  }
  const lineNumbers: number[] = []
  const searched = await requestsOf(async () => {
    const query = { text: 'line 11999', matchCase: true, offset: 0, limit: 5000 }
    for await (const page of archive.search(runId, query, new AbortController().signal))
      lineNumbers.push(...page.hits.map((hit) => hit.line))
  })
  expect(lineNumbers).toEqual([12_000, ...Array.from({ length: 10 }, (_, at) => 119_991 + at)])
  expect(searched.filter((request) => request.startsWith('GET text-')).length).toBeLessThanOrEqual(blocks / 4)
  const offset = Math.floor(totals.bytes / 2 / textBlockBytes) * textBlockBytes - 5
  const paged = await requestsOf(() => archive.read(runId, { offset, limitBytes: textBlockBytes }))
  expect(paged.filter((request) => request.startsWith('GET text-'))).toHaveLength(1)
  const all = await requestsOf(async () => {
    expect(sha256(textOf(await readAll(createS3Archive(objects) as never, runId)))).toBe(totals.sha256)
  })
  expect(all.length).toBeLessThanOrEqual(blocks)
})

test('a damaged segment in the bucket is found before the local files are removed', async () => {
  const { runId, log, say, settled, folder } = await opened()
  const archive = createS3Archive(objects, { segmentBytes })
  await say(0, 10_000)
  await settled(Buffer.byteLength(lines(0, 10_000)))
  await archive.grow(runId, folder)
  const [harmed = ''] = (await objects.list(`runs/${runId.slice(-2)}/${runId}/`)).filter((key) => key.includes('text'))
  const bytes = await objects.get(harmed)
  await objects.put(harmed, Buffer.from(bytes ?? []).fill(0, 100, 200))
  const totals = await log.close()
  await expect(archive.finish(runId, folder, totals)).rejects.toThrow()
  expect((await dir.text(runId)).length).toBe(totals.bytes)
  await archive.finish(runId, folder, totals)
  expect(textOf(await readAll(archive as never, runId))).toBe(lines(0, 10_000))
})

test('a missing bucket fails with a sentence', async () => {
  const nowhere = await openObjects({ ...storage.settings, bucket: 'not-there' })
  const { checkObjects } = await import('./s3/objects')
  await expect(checkObjects(nowhere, { ...storage.settings, bucket: 'not-there' })).rejects.toThrow(
    /bucket not-there .*REVEILLE_S3_BUCKET/,
  )
})
