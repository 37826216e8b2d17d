import { DrizzleQueryError } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { describeError } from './logger'

test('a failed query is described completely except for its parameters', () => {
  const cause = new Error('duplicate key value violates unique constraint "tokens_hash"')
  const error = new DrizzleQueryError('insert into tokens values ($1)', ['hunter2\nhunter2'], cause)
  expect(error.message).toContain('hunter2')
  const described = JSON.stringify(describeError(error))
  expect(described).not.toContain('hunter2')
  expect(described).toContain('insert into tokens')
  expect(described).toContain('tokens_hash')
  expect(described).toContain('logger.test.ts')
})
