import { expect, it } from 'vitest'
import { splitPaused } from './paused-updates'

const rows = [{ id: 'c' }, { id: 'b' }, { id: 'a' }]

it('counts newer rows while the list is paused', () => {
  expect(splitPaused(rows, ['a'])).toEqual({ shown: [{ id: 'a' }], waiting: 2 })
})

it('stays at the next row if the top one has disappeared', () => {
  expect(splitPaused(rows, ['missing', 'b', 'a'])).toEqual({ shown: [{ id: 'b' }, { id: 'a' }], waiting: 1 })
})

it('shows all rows if the list is not paused, or none of its rows are left', () => {
  expect(splitPaused(rows, null)).toEqual({ shown: rows, waiting: 0 })
  expect(splitPaused(rows, ['missing'])).toEqual({ shown: rows, waiting: 0 })
})
