import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSingleFlight } from './single-flight'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that ends when the test says so. */
function slowWork() {
  const begun: ((result: string | null) => void)[] = []
  const work = () => new Promise<string | null>((resolve) => void begun.push(resolve))
  return { begun, work, finish: (result: string | null) => begun.at(-1)?.(result) }
}

test('work is started once, awaited briefly, and a later call gets its result', async () => {
  const flights = createSingleFlight<string>()
  const { begun, work, finish } = slowWork()
  const late = vi.fn()
  const first = flights.run('run', work, late)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await first).toBeNull()
  const second = flights.run('run', work, late)
  await vi.advanceTimersByTimeAsync(1)
  expect(await second).toBeNull()
  expect(late).not.toHaveBeenCalled()
  finish('done')
  await vi.advanceTimersByTimeAsync(0)
  expect(late).toHaveBeenCalledOnce()
  expect(await flights.run('run', work, late)).toBe('done')
  expect(begun).toHaveLength(1)
})

test('a second call just after the start waits too, and onLate is not called for work in time', async () => {
  const flights = createSingleFlight<string>()
  const { work, finish } = slowWork()
  const late = vi.fn()
  const answers = [flights.run('run', work, late), flights.run('run', work, late)]
  finish('done')
  expect(await Promise.all(answers)).toEqual(['done', 'done'])
  expect(late).not.toHaveBeenCalled()
})

test('failed work is started again, and results are not kept for ever', async () => {
  const flights = createSingleFlight<string>()
  const { begun, work, finish } = slowWork()
  for (const result of [null, 'done']) {
    const answer = flights.run('run', work)
    finish(result)
    expect(await answer).toBe(result)
  }
  await vi.advanceTimersByTimeAsync(120_000)
  void flights.run('run', work)
  expect(begun).toHaveLength(3)
})
