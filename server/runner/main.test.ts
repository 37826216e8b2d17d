import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { testPrograms } from '@/server/testing/programs'
import { endServers, newDataDir, urlOf } from '@/server/testing/server'

const database = await createTestDatabase()
afterAll(async () => {
  await endServers()
  await database.drop()
})

test('a runner whose boot dies before it has begun leaves without beginning', async () => {
  const runner = fork(join(await testPrograms(), 'runner.mjs'), [], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      DATABASE_URL: urlOf(database.connection),
      REVEILLE_DATA_DIR: newDataDir(),
      REVEILLE_SECRET_KEY: Buffer.alloc(32, 'tests').toString('base64'),
      REVEILLE_RUNNER_SETTINGS: JSON.stringify({ group: 'g', bootPid: process.pid, apiUrl: 'http://h', url: null }),
    },
  })
  runner.disconnect()
  expect(await once(runner, 'exit')).toEqual([0, null])
  expect(await database.sql`select from servers where ended_at is null`).toHaveLength(0)
})
