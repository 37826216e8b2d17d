import { expect, it } from 'vitest'
import { frozenOrder } from './frozen-order'

const rows = (ids: string) => [...ids].map((id) => ({ id }))
const frozen = (before: string, next: string) =>
  frozenOrder([...before], rows(next))
    .map(({ id }) => id)
    .join('')

it.each([
  ['', 'abc', 'abc'],
  ['abc', 'cba', 'abc'],
  ['abc', 'dabc', 'abcd'],
  ['abc', 'dac', 'adc'],
  ['abc', 'c', 'c'],
  ['abc', 'xyz', 'xyz'],
])('%s, then %s is shown as %s', (before, next, shown) => {
  expect(frozen(before, next)).toBe(shown)
})
