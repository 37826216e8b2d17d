import { expect, test } from 'vitest'
import { z } from 'zod'
import { pageInput, pageOf } from './page'

const input = z.object(pageInput)
const rows = Array.from({ length: 5 }, (_, n) => ({ id: crypto.randomUUID(), at: new Date(1_000 * n) }))

test('a page has the requested items, and a cursor only when there are more', () => {
  const page = pageOf(rows.slice(0, 3), 2, (row) => row.at)
  expect(page.items).toEqual(rows.slice(0, 2))
  expect(input.parse({ cursor: page.nextCursor }).cursor).toEqual({ at: rows[1]?.at, id: rows[1]?.id })
  expect(pageOf(rows.slice(0, 2), 2, (row) => row.at).nextCursor).toBeNull()
  expect(pageOf([], 2, () => new Date()).nextCursor).toBeNull()
})

test.each(['', 'nonsense', Buffer.from('2026-01-01_x').toString('base64url'), 'x'.repeat(300)])(
  'the cursor %j is refused',
  (cursor) => {
    expect(input.safeParse({ cursor }).success).toBe(false)
  },
)

test.each([0, 201, 1.5, -1])('a limit of %d is refused', (limit) => {
  expect(input.safeParse({ limit }).success).toBe(false)
})

test('the default limit is 50', () => {
  expect(input.parse({})).toEqual({ limit: 50 })
})
