import { expect, it } from 'vitest'
import { budgetLabel } from './budget-badge'
import { budgetTextOf, microsOfBudgetText } from './budget-text'

it.each([
  [799_999, 1_000_000, null],
  [800_000, 1_000_000, '80 % of budget'],
  [999_999, 1_000_000, '99 % of budget'],
  [1_000_000, 1_000_000, 'budget spent'],
  [0, 0, 'budget spent'],
  [5_000_000, null, null],
])('%i of %s micro-dollars is labelled %s', (spent, budget, label) => {
  expect(budgetLabel(spent, budget)).toBe(label)
})

it.each([null, 0, 1, 20_000_000])('a budget of %s is parsed as it was formatted', (micros) => {
  expect(microsOfBudgetText(budgetTextOf(micros))).toBe(micros)
})

it.each(['a lot', '-1', 'NaN'])('%s is not an amount', (text) => {
  expect(microsOfBudgetText(text)).toBeUndefined()
})
