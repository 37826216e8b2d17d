import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createLogStores } from '@/server/logs/log-stores'
import { agent, ends, started, worker } from '@/tests/engine'
import { eventually } from '@/tests/eventually'
import { findSilence } from './silence'

const database = await createTestDatabase()
const { sql } = database
const dataDir = mkdtempSync(join(tmpdir(), 'reveille-silence-'))
afterAll(async () => {
  rmSync(dataDir, { recursive: true, force: true })
  await database.drop()
})
const logs = createLogStores({ dataDir, maxBytes: 100_000 })
const silent = async () => (await sql<{ runId: string }[]>`select run_id from run_silences`).map((row) => row.runId)

test('a run is silent a while after its last output, until it writes or ends', async () => {
  const workerId = await worker(sql)
  await sql`update servers set store_id = ${logs.directory.storeId}, data_dir = ${dataDir}`
  const run = await started(sql, (await agent(sql)).id, workerId)
  const writer = await logs.own.open(run.id)
  await sql`update heartbeat_runs set started_at = now() - interval '1 hour' where id = ${run.id}`
  const writes = async (text: string) => {
    await writer.append('stdout', Buffer.from(text))
    await eventually(async () => (await logs.own.info(run.id)).bytes >= text.length, 'the output is stored')
  }
  await writes('hello\n')
  await findSilence({ sql, logs }, 60_000)
  expect(await silent()).toEqual([])
  await eventually(async () => (await findSilence({ sql, logs }, 300)) > 0, 'the run is silent')
  expect(await silent()).toEqual([run.id])
  await writes('hello again\n')
  await findSilence({ sql, logs }, 60_000)
  expect(await silent()).toEqual([])
  await eventually(async () => (await findSilence({ sql, logs }, 300)) > 0, 'the run is silent again')
  await ends(sql, run, workerId)
  await findSilence({ sql, logs }, 300)
  expect(await silent()).toEqual([])
  await writer.close()
})
