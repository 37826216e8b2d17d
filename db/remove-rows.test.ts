import { lt } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { now } from '@/db/expressions'
import { signInLinks } from '@/db/schema'
import { createTestDatabase } from '@/db/testing/database'
import { transaction } from '@/db/transaction'
import { removeRows } from './remove-rows'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

test('at most `limit` rows are removed, even if the plan runs a subquery once per row', async () => {
  await sql`
    insert into sign_in_links (token_hash, expires_at)
    select 'hash ' || n, now() - interval '8 days' from generate_series(1, 200) n`
  const removed = await transaction(sql, async (tx) => {
    for (const method of ['hashjoin', 'mergejoin', 'material', 'hashagg', 'sort']) {
      await tx.unsafe(`set local enable_${method} = off`)
    }
    return await removeRows(tx, signInLinks.tokenHash, { where: lt(signInLinks.expiresAt, now()), limit: 10 })
  })
  expect(removed).toBe(10)
  const [left] = await sql<[{ rows: number }]>`select count(*) as rows from sign_in_links`
  expect(left.rows).toBe(190)
})
