import { truncateSync } from 'node:fs'
import { hostname } from 'node:os'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { agent, ends, started, worker } from '@/tests/engine'
import { adoptEarlierServers } from './adopt'
import { createLogDir, textOf } from './fixtures/log-dir'
import type { LogEntry, SearchHit } from './log-store'
import { createLogStores } from './log-stores'
import { createRunLogs } from './run-logs'

const database = await createTestDatabase()
const { sql } = database
const dir = await createLogDir()
const stores = createLogStores({ dataDir: dir.dataDir, maxBytes: 1000 })
const logs = createRunLogs(sql, { stores, archived: null, remotes: null })
afterAll(async () => {
  await dir.remove()
  await database.drop()
})

let workerId: string
let runId: string
/** A finished run with a log of 20 bytes, as left by a server of a release without ids of data directories. */
beforeEach(async () => {
  workerId = await worker(sql)
  const run = await started(sql, (await agent(sql)).id, workerId)
  runId = run.id
  const writer = await dir.store.open(runId)
  void writer.append('stdout', Buffer.from('first line\n'))
  void writer.append('stderr', Buffer.from('the rest\n'))
  const { bytes, sha256 } = await writer.close()
  await ends(sql, run, workerId, { log: { ref: runId, bytes, sha256, truncatedBytes: 0, stdoutExcerpt: '' } })
})

const signal = new AbortController().signal
const short = (bytes: number) => ({
  reason: 'unavailable',
  message: `Of the 20 bytes of this log only the first ${bytes} can be read: the rest is missing or damaged.`,
})

async function gathered<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const found: T[] = []
  try {
    for await (const item of items) found.push(item)
  } catch (error) {
    return { items: found, error }
  }
  return { items: found, error: null }
}

test('a log of a server that recorded no id of its directory is found by another log of it here, or by host and path', async () => {
  await expect(logs.read(runId, { offset: 0, limitBytes: 100 })).rejects.toMatchObject({ reason: 'unavailable' })
  const elsewhere = await worker(sql)
  const here = await worker(sql)
  await sql`update servers set host = ${hostname()}, data_dir = ${dir.dataDir} where id = ${here}`
  expect(await adoptEarlierServers(sql, dir.dataDir)).toBe(2)
  expect(await adoptEarlierServers(sql, dir.dataDir)).toBe(0)
  const { entries, done } = await logs.read(runId, { offset: 0, limitBytes: 100 })
  expect([textOf(entries), done]).toEqual(['first line\nthe rest\n', true])
  const rows = await sql<{ id: string; storeId: string }[]>`
    select id, store_id from servers where id in (${workerId}, ${elsewhere}, ${here})`
  expect(Object.fromEntries(rows.map((row) => [row.id, row.storeId]))).toEqual({
    [workerId]: stores.directory.storeId,
    [elsewhere]: '',
    [here]: stores.directory.storeId,
  })
})

test('a log that is shorter than its run recorded is read up to its end, and then fails', async () => {
  await adoptEarlierServers(sql, dir.dataDir)
  truncateSync(dir.file(runId, 'log'), 11)
  const first = await logs.read(runId, { offset: 0, limitBytes: 100 })
  expect([textOf(first.entries), first.nextOffset, first.done]).toEqual(['first line\n', 11, false])
  await expect(logs.read(runId, { offset: 11, limitBytes: 100 })).rejects.toMatchObject(short(11))
  const lines = await logs.lines(runId, { at: { line: 1 }, lines: 10, limitBytes: 100 })
  expect([textOf(lines.entries), lines.done]).toEqual(['first line\n', false])
  await expect(logs.lines(runId, { at: { line: 2 }, lines: 10, limitBytes: 100 })).rejects.toMatchObject(short(11))
  await expect(logs.lineStreams(runId, { offset: 11 })).rejects.toMatchObject(short(11))
  await expect(logs.reachComplete(runId)).rejects.toMatchObject(short(11))

  const followed = await gathered<LogEntry>(logs.follow(runId, 0, signal))
  expect(textOf(followed.items)).toBe('first line\n')
  expect(followed.error).toMatchObject(short(11))
  const query = { text: 'line', matchCase: true, offset: 0, limit: 10 }
  const searched = await gathered(logs.search(runId, query, signal))
  expect(searched.items.flatMap((page): SearchHit[] => page.hits)).toHaveLength(1)
  expect(searched.items.some((page) => page.done)).toBe(false)
  expect(searched.error).toMatchObject(short(11))
})

test('a missing log does not read as an empty one; a removed one does', async () => {
  await adoptEarlierServers(sql, dir.dataDir)
  await dir.store.remove(runId)
  await expect(logs.read(runId, { offset: 0, limitBytes: 100 })).rejects.toMatchObject(short(0))
  expect((await gathered(logs.follow(runId, 0, signal))).error).toMatchObject(short(0))
  await sql`update heartbeat_runs set log_removed_at = now() where id = ${runId}`
  expect(await logs.read(runId, { offset: 0, limitBytes: 100 })).toMatchObject({ entries: [], done: true })
  expect(await gathered(logs.follow(runId, 0, signal))).toEqual({ items: [], error: null })
})
