import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { testPrograms } from '@/tests/programs'
import { endServers, newDataDir, testSecretKey, urlOf } from '@/tests/server'

const database = await createTestDatabase()
afterAll(async () => {
  await endServers()
  await database.drop()
})

test('a runner exits when it is asked to stop at the moment it is started', async () => {
  const dataDir = newDataDir()
  const runner = fork(join(await testPrograms(), 'runner.mjs'), [dataDir], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const left = once(runner, 'exit')
  const environment = {
    ...process.env,
    DATABASE_URL: urlOf(database.connection),
    REVEILLE_DATA_DIR: dataDir,
    REVEILLE_SECRET_KEY: testSecretKey,
  }
  const url = 'http://127.0.0.1:9'
  runner.send({ type: 'begin', environment, settings: { group: 'g', bootPid: process.pid, apiUrl: url, url } })
  runner.send({ type: 'drain', drainMs: 0 })
  expect(await left).toEqual([0, null])
})
