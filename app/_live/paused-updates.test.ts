import { expect, it } from 'vitest'
import { splitPaused } from './paused-updates'

const rows = [{ id: 'c' }, { id: 'b' }, { id: 'a' }]

it('lets newer rows wait while something is held', () => {
  expect(splitPaused(rows, ['a'])).toEqual({ shown: [{ id: 'a' }], waiting: 2 })
})

it('holds on to the next row where the one on top is gone', () => {
  expect(splitPaused(rows, ['gone', 'b', 'a'])).toEqual({ shown: [{ id: 'b' }, { id: 'a' }], waiting: 1 })
})

it('shows everything when nothing is held, or what was held is gone', () => {
  expect(splitPaused(rows, null)).toEqual({ shown: rows, waiting: 0 })
  expect(splitPaused(rows, ['gone'])).toEqual({ shown: rows, waiting: 0 })
})
