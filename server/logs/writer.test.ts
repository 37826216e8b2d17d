import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { createLogDir, readAll, sha256, textOf } from './fixtures/log-dir'
import { recordBytes } from './log-index'
import type { WriterSettings } from './writer'

const dirs: Awaited<ReturnType<typeof createLogDir>>[] = []
afterEach(async () => {
  await Promise.all(dirs.splice(0).map((dir) => dir.remove()))
})

async function opened(settings: Partial<WriterSettings> = {}) {
  const dir = await createLogDir(settings)
  dirs.push(dir)
  const runId = dir.runId()
  return { ...dir, id: runId, log: await dir.store.open(runId) }
}

/** Resolves when the text can be read. */
async function said(log: Awaited<ReturnType<typeof opened>>['log'], text: string): Promise<void> {
  const there = grown(log, text.length)
  await log.append('stdout', Buffer.from(text))
  await there
}

function grown(log: Awaited<ReturnType<typeof opened>>['log'], bytes: number): Promise<void> {
  return new Promise((resolve) => log.onGrew((nextOffset) => nextOffset >= bytes && resolve()))
}

test('the cap counts bytes, keeps the head in whole characters, and counts what it dropped', async () => {
  const { log, id, text } = await opened({ maxBytes: 10 })
  await log.append('stdout', Buffer.from('€€€'))
  await log.append('stdout', Buffer.from('€'))
  await log.append('stderr', Buffer.from('x'))
  const totals = await log.close()
  expect((await text(id)).toString()).toBe('€€€')
  expect(totals).toEqual({ bytes: 9, sha256: sha256('€€€'), truncatedBytes: 4, stdoutExcerpt: '€€€€' })
})

test('reports once that it is full, with the first text that it drops', async () => {
  const { log } = await opened({ maxBytes: 10 })
  let isFull = false
  void log.full.then(() => {
    isFull = true
  })
  await log.append('stdout', Buffer.from('0123456789'))
  await setImmediate()
  expect(isFull).toBe(false)
  await log.append('stderr', Buffer.from('x'))
  expect(await log.full).toEqual({ maxBytes: 10 })
  await log.close()
})

test('the cap may be inside a chunk or exactly at its end', async () => {
  const inside = await opened({ maxBytes: 4 })
  await inside.log.append('stdout', Buffer.from('a😀b'))
  expect(await inside.log.close()).toMatchObject({ bytes: 1, truncatedBytes: 5 })
  const exact = await opened({ maxBytes: 6 })
  await exact.log.append('stdout', Buffer.from('a😀b'))
  expect(await exact.log.close()).toMatchObject({ bytes: 6, truncatedBytes: 0 })
})

test('the excerpt is the end of stdout in whole characters', async () => {
  const { log } = await opened()
  for (let part = 0; part < 5000; part++) await log.append('stdout', Buffer.from('€'))
  // 4096 bytes from the end is the middle of a character.
  await log.append('stdout', Buffer.from('\0ends'))
  await log.append('stderr', Buffer.from('not this'))
  const { stdoutExcerpt } = await log.close()
  expect(stdoutExcerpt).toMatch(/^€+ends$/)
  expect(Buffer.byteLength(stdoutExcerpt)).toBeGreaterThan(4080)
  expect(Buffer.byteLength(stdoutExcerpt)).toBeLessThanOrEqual(4096)
})

test('a character cut between two reads of the pipe is one character, with the other stream in between', async () => {
  const { log, id, store } = await opened()
  const smile = Buffer.from('😀')
  await log.append('stdout', smile.subarray(0, 2))
  await log.append('stderr', Buffer.from('err'))
  await log.append('stdout', smile.subarray(2))
  await log.close()
  const entries = await readAll(store, id)
  expect(entries.map(({ stream, chunk }) => [stream, chunk])).toEqual([
    ['stderr', 'err'],
    ['stdout', '😀'],
  ])
})

test('output is readable before the run ends, and listeners get the readable length', async () => {
  const { log, id, store } = await opened()
  const first = grown(log, 5)
  void log.append('stdout', Buffer.from('hello'))
  await first
  expect(textOf(await readAll(store, id))).toBe('hello')
  const second = grown(log, 10)
  void log.append('stdout', Buffer.from('again'))
  await second
  expect(await store.info(id)).toEqual({ bytes: 10 })
  await log.close()
})

test('chunks of one flush share an entry, with the time of the first', async () => {
  let at = Date.parse('2026-01-01T00:00:00Z')
  const { log, id, store, file } = await opened({ now: () => at++ })
  for (let line = 0; line < 1000; line++) void log.append('stdout', Buffer.from('x\n'))
  await log.close()
  const entries = await readAll(store, id)
  expect(entries.map((entry) => [entry.nextOffset, entry.ts])).toEqual([
    [2, '2026-01-01T00:00:00.000Z'],
    [2000, '2026-01-01T00:00:00.001Z'],
  ])
  expect((await stat(file(id, 'index'))).size).toBe(2 * recordBytes)
})

test('a slow disk makes the producer wait, so that pending text stays bounded', async () => {
  const { log } = await opened()
  const chunk = Buffer.alloc(48 * 1024, 'x')
  let appended = 0
  let flushed = 0
  let most = 0
  let waits = 0
  log.onGrew((nextOffset) => {
    flushed = nextOffset
  })
  for (let round = 0; round < 1500; round++) {
    const wait = log.append('stdout', chunk)
    appended += chunk.length
    most = Math.max(most, appended - flushed)
    if (wait) waits++
    await wait
  }
  expect((await log.close()).bytes).toBe(appended)
  expect(waits).toBeGreaterThan(0)
  expect(most).toBeLessThan(4 * 1024 * 1024 + 2 * chunk.length)
})

test('single bytes count with their overhead in memory', async () => {
  const { log } = await opened()
  let held = 0
  while (!log.append('stdout', Buffer.from('x'))) held++
  expect(held).toBeLessThan(10_000)
  expect((await log.close()).bytes).toBe(held + 1)
})

test('a live run holds one descriptor, however much it prints, and none after its end', async () => {
  const dir = await createLogDir()
  dirs.push(dir)
  const descriptors = () => readdirSync('/dev/fd').length
  const before = descriptors()
  const logs = await Promise.all(Array.from({ length: 20 }, () => dir.store.open(dir.runId())))
  await Promise.all(logs.map((log) => said(log, 'begin\n')))
  for (let line = 0; line < 300; line++) for (const log of logs) log.append('stdout', Buffer.from(`${line}\n`))
  await Promise.all(logs.map((log) => grown(log, 1096)))
  await expect.poll(() => descriptors() - before).toBe(20)
  await Promise.all(logs.map((log) => log.close()))
  expect(descriptors()).toBe(before)
})

test('a run has a single writer, ever', async () => {
  const { log, id, store } = await opened()
  await said(log, 'first')
  const second = await store.open(id)
  void second.append('stdout', Buffer.from('second'))
  expect((await second.failed).message).toContain('EEXIST')
  expect(await log.close()).toMatchObject({ bytes: 5 })
})

test('closing twice returns the same totals, and later text is dropped', async () => {
  const { log, id, text } = await opened()
  void log.append('stdout', Buffer.from('all'))
  const totals = await log.close()
  expect(log.append('stdout', Buffer.from('late'))).toBeUndefined()
  expect(await log.close()).toEqual(totals)
  expect((await text(id)).toString()).toBe('all')
})

test('a transform gets decoded text per stream, and may hold text back until the end', async () => {
  const { log, id, text } = await opened({
    transforms: (stream) => {
      let held = ''
      return [
        {
          push(bytes) {
            const all = held + bytes.toString()
            held = all.slice(-3)
            return Buffer.from(all.slice(0, -3).replaceAll('€', stream))
          },
          end: () => Buffer.from(`[${held}]`),
        },
      ]
    },
  })
  const euro = Buffer.from('€')
  await log.append('stdout', euro.subarray(0, 1))
  await log.append('stdout', Buffer.concat([euro.subarray(1), Buffer.from('end')]))
  await log.close()
  expect((await text(id)).toString()).toBe('stdout[end]')
})

test('a run that prints nothing creates no files, and its log reads as empty', async () => {
  const { log, id, file, store } = await opened()
  expect(await log.close()).toMatchObject({ bytes: 0, sha256: createHash('sha256').digest('hex') })
  await expect(stat(file(id, 'log'))).rejects.toThrow('ENOENT')
  expect(await store.read(id, { offset: 0, limitBytes: 10 })).toEqual({ entries: [], nextOffset: 0, logBytes: 0 })
})

test("only the server's user may read a log", async () => {
  const { log, id, file } = await opened()
  void log.append('stdout', Buffer.from('text'))
  await log.close()
  expect((await stat(file(id, 'log'))).mode & 0o077).toBe(0)
})
