import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import type { FromRunner, ToRunner } from '@/server/runner/messages'
import { testPrograms } from '@/tests/programs'
import { endServers, newDataDir, urlOf } from '@/tests/server'

const database = await createTestDatabase()
afterAll(async () => {
  await endServers()
  await database.drop()
})

const dataDir = newDataDir()
const environment = {
  DATABASE_URL: urlOf(database.connection),
  REVEILLE_DATA_DIR: dataDir,
  REVEILLE_SECRET_KEY: Buffer.alloc(32, 'tests').toString('base64'),
}
const settings = { group: 'g', bootPid: process.pid, apiUrl: 'http://h', url: null }
const begin: ToRunner = { type: 'begin', environment, settings }

async function runner() {
  return fork(join(await testPrograms(), 'runner.mjs'), [dataDir], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

test.each([
  ['before it was told anything', []],
  ['when it has been told what it works with', [begin]],
])('a runner whose boot dies %s leaves without beginning', async (_when, messages) => {
  const started = await runner()
  for (const message of messages) started.send(message)
  started.disconnect()
  expect(await once(started, 'exit')).toEqual([0, null])
  expect(await database.sql`select from servers where ended_at is null`).toHaveLength(0)
})

test('a runner begins with what it is told, also where its own environment holds none of it', async () => {
  const started = await runner()
  started.send(begin)
  await new Promise<void>((resolve) => {
    started.on('message', ({ type }: FromRunner) => type === 'ready' && resolve())
  })
  expect(await database.sql`select data_dir from servers where ended_at is null`).toEqual([{ dataDir }])
  started.send({ type: 'drain', drainMs: 0 } satisfies ToRunner)
  expect(await once(started, 'exit')).toEqual([0, null])
})
