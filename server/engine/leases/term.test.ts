import { expect, test } from 'vitest'
import { createTerm } from './term'

const leaseMs = 900

/** A term whose clocks the test sets. */
function termOf(aloneMs = 0) {
  const at = { monotonicMs: 5_000_000, wallMs: 1_000_000 }
  const clocks = () => ({ ...at })
  const term = createTerm({ leaseMs, aloneMs, clocks })
  const pass = (monotonicMs: number, wallMs = monotonicMs) => {
    at.monotonicMs += monotonicMs
    at.wallMs += wallMs
  }
  return { term, clocks, pass }
}

test('a lease holds for two thirds of its time after its renewal was sent', () => {
  const { term, clocks, pass } = termOf()
  const sentAt = clocks()
  pass(300)
  term.renewed(sentAt, false)
  pass(300)
  expect(term.isOver()).toBe(false)
  pass(1)
  expect(term.isOver()).toBe(true)
})

test.each([
  ['the machine slept, which only the wall clock shows', 0, 601, true],
  ['the wall clock was set back', 601, -3_600_000, true],
  ['the wall clock was set forward', 10, 3_600_000, true],
  ['the wall clock was set back, and time has not passed', 10, -3_600_000, false],
])('%s', (_what, monotonicMs, wallMs, isOver) => {
  const { term, pass } = termOf()
  pass(monotonicMs, wallMs)
  expect(term.isOver()).toBe(isOver)
})

test('a holder that was not alone does not continue without an answer', () => {
  const { term, clocks, pass } = termOf(90_000)
  term.renewed(clocks(), false)
  for (let n = 0; n < 6; n++) {
    pass(100)
    term.unanswered(clocks())
  }
  expect(term.isOver()).toBe(false)
  pass(1)
  expect(term.isOver()).toBe(true)
})

test('a holder that was alone continues while it tries, until a third of a lease before others may judge it', () => {
  const { term, clocks, pass } = termOf(3000)
  term.renewed(clocks(), true)
  for (let passedMs = 0; passedMs < 2700; passedMs += 100) {
    expect(term.isOver()).toBe(false)
    pass(100)
    term.unanswered(clocks())
  }
  pass(1)
  expect(term.isOver()).toBe(true)
})

test('a holder that was alone and did not try for two thirds of a lease has lost it, and a late failure does not restore it', () => {
  const { term, clocks, pass } = termOf(Number.POSITIVE_INFINITY)
  term.renewed(clocks(), true)
  const sentAt = clocks()
  pass(0, 601)
  term.unanswered(sentAt)
  term.unanswered(clocks())
  expect(term.isOver()).toBe(true)
})
