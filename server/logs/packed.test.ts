import { existsSync } from 'node:fs'
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogDir, readAll, sha256, textOf } from './fixtures/log-dir'
import { openLocal } from './local'
import { packLog } from './packed'
import { closeSource } from './source'

let dir: Awaited<ReturnType<typeof createLogDir>>
beforeAll(async () => {
  dir = await createLogDir()
})
afterAll(() => dir.remove())

const line = (at: number) => `line ${at} äöü €😀 ${'x'.repeat(at % 97)}\n`

async function written(lines: number) {
  const runId = dir.runId()
  const log = await dir.store.open(runId)
  for (let at = 0; at < lines; at++) await log.append(at % 3 === 0 ? 'stderr' : 'stdout', Buffer.from(line(at)))
  return { runId, folder: dirname(dir.file(runId, 'log')), totals: await log.close() }
}

test('a compressed log reads as before, by offset, by line and by search, and with any gunzip', async () => {
  const { runId, folder, totals } = await written(20_000)
  const before = await readAll(dir.store, runId)
  const plainBytes = (await stat(dir.file(runId, 'log'))).size
  expect(await packLog(folder, totals)).toBe(true)
  expect((await readdir(folder)).sort()).toEqual(['packed'])
  expect(await readAll(dir.store, runId)).toEqual(before)
  const packed = await readFile(join(folder, 'packed', 'log.gz'))
  expect(packed.length).toBeLessThan(plainBytes / 3)
  expect(sha256(gunzipSync(packed))).toBe(totals.sha256)
  const page = await dir.store.lines(runId, { at: { line: 15_001 }, lines: 2, limitBytes: 1000 })
  expect([textOf(page.entries), page.totalLines]).toEqual([line(15_000) + line(15_001), 20_000])
  const query = { text: 'LINE 19999 ', matchCase: false, offset: 0, limit: 5 }
  const pages = []
  for await (const found of dir.store.search(runId, query, new AbortController().signal)) pages.push(found)
  expect(pages.flatMap(({ hits }) => hits).map((hit) => hit.line)).toEqual([20_000])
})

test('reading a page from the middle decompresses one or two blocks, not the log', async () => {
  const { runId, folder, totals } = await written(40_000)
  await packLog(folder, totals)
  const gz = join(folder, 'packed', 'log.gz')
  const { ends } = JSON.parse(await readFile(join(folder, 'packed', 'manifest.json'), 'utf8')).text[0]
  const bytes = await readFile(gz)
  // A read from the start of the log would fail.
  bytes.fill(0, 0, ends[1])
  await writeFile(gz, bytes)
  const page = await dir.store.lines(runId, { at: { last: 3 }, lines: 3, limitBytes: 10_000 })
  expect(textOf(page.entries)).toBe(line(39_997) + line(39_998) + line(39_999))
})

test('a reader that is open while a log is compressed continues', async () => {
  const { runId, folder, totals } = await written(20_000)
  const text = (await dir.text(runId)).toString()
  const held = await openLocal(folder)
  let isPacked = false
  const packing = packLog(folder, totals).then(() => {
    isPacked = true
  })
  while (!isPacked) expect(textOf(await readAll(dir.store, runId, 100_000))).toBe(text)
  await packing
  expect((await held?.text.readAt(0, totals.bytes))?.toString()).toBe(text)
  if (held) await closeSource(held)
  expect(textOf(await readAll(dir.store, runId))).toBe(text)
})

test('the text that a fenced writer added is left out; a log that differs from its recorded checksum is not touched', async () => {
  const { runId, folder, totals } = await written(100)
  await appendFile(dir.file(runId, 'log'), 'more')
  await expect(packLog(folder, { ...totals, sha256: sha256('another') })).rejects.toThrow('differs from the checksum')
  expect(existsSync(dir.file(runId, 'log'))).toBe(true)
  expect((await readdir(folder)).sort()).toEqual(['index', 'log'])
  expect(await packLog(folder, totals)).toBe(true)
  expect((await dir.store.info(runId)).bytes).toBe(totals.bytes)
  expect(await packLog(folder, totals)).toBe(false)
})
