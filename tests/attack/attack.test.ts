import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { endServers, startServer, urlOf } from '@/tests/server'
import { attack } from './attack'

const database = await createTestDatabase()
afterAll(async () => {
  await endServers()
  await database.drop()
})

test('every known exploit is refused by a running server', async () => {
  const { url, token } = await startServer({ databaseUrl: urlOf(database.connection) })
  const lines: string[] = []
  const report = await attack({ url, token, signInLink: null }, (line) => lines.push(line))
  console.log(lines.map((line) => `attack  ${line}`).join('\n'))
  expect(report.succeeded).toEqual([])
  expect(report.refused).toBeGreaterThan(25)
})
