import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import type { CompanyId } from '@/server/domain/ids'
import { pageInput } from '@/server/domain/page'
import { agent, system } from '@/tests/engine'
import { createKey, listKeys } from './keys'

const database = await createTestDatabase()
const { sql } = database
afterAll(() => database.drop())

test('keys are listed newest first, in pages if a limit is given', async () => {
  const { id: agentId, companyId } = await agent(sql)
  const whose = { agentId, companyId: companyId as CompanyId }
  for (const name of ['one', 'two', 'three']) await createKey(sql, system, whose, name)
  const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name)
  const all = await listKeys(sql, whose)
  expect(names(all).sort()).toEqual(['one', 'three', 'two'])
  expect(all.nextCursor).toBeNull()
  const first = await listKeys(sql, whose, { limit: 2 })
  const rest = await listKeys(sql, whose, { limit: 2, cursor: pageInput.cursor.parse(first.nextCursor) })
  expect([...first.items, ...rest.items]).toEqual((await listKeys(sql, whose)).items)
  expect([rest.items.length, rest.nextCursor]).toEqual([1, null])
})
