import { expect, test } from 'vitest'
import { differencesOf } from './settings-diff'

test('each value that differs is listed with its path', () => {
  const before = { name: 'Ada', adapterConfig: { command: 'true', args: ['a'] }, budget: null }
  const after = { name: 'Ada', adapterConfig: { command: 'false', args: ['a'], cwd: '/' }, budget: 5 }
  expect(differencesOf(before, after)).toEqual([
    { path: 'adapterConfig.command', before: 'true', after: 'false' },
    { path: 'adapterConfig.cwd', before: undefined, after: '/' },
    { path: 'budget', before: null, after: 5 },
  ])
})

test('a list is compared as a whole, and equal values are not listed', () => {
  expect(differencesOf({ args: [1, 2] }, { args: [1, 3] })).toEqual([{ path: 'args', before: [1, 2], after: [1, 3] }])
  expect(differencesOf({ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 1 }] } })).toEqual([])
})
