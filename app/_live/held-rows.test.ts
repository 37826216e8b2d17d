import { expect, it } from 'vitest'
import { splitHeld } from './held-rows'

const rows = [{ id: 'c' }, { id: 'b' }, { id: 'a' }]

it('lets newer rows wait while something is held', () => {
  expect(splitHeld(rows, ['a'])).toEqual({ shown: [{ id: 'a' }], waiting: 2 })
})

it('holds on to the next row where the one on top is gone', () => {
  expect(splitHeld(rows, ['gone', 'b', 'a'])).toEqual({ shown: [{ id: 'b' }, { id: 'a' }], waiting: 1 })
})

it('shows everything when nothing is held, or what was held is gone', () => {
  expect(splitHeld(rows, null)).toEqual({ shown: rows, waiting: 0 })
  expect(splitHeld(rows, ['gone'])).toEqual({ shown: rows, waiting: 0 })
})
