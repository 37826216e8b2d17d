import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSingleFlight } from './single-flight'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that is done when it is told. */
function slowWork() {
  const begun: ((result: string | null) => void)[] = []
  const work = () => new Promise<string | null>((resolve) => void begun.push(resolve))
  return { begun, work, finish: (result: string | null) => begun.at(-1)?.(result) }
}

test('work is begun once, waited for a moment, and its result is there for who asks again', async () => {
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

test('whoever asks while it has just begun waits too, and nobody is told that it was late when it was not', async () => {
  const flights = createSingleFlight<string>()
  const { work, finish } = slowWork()
  const late = vi.fn()
  const answers = [flights.run('run', work, late), flights.run('run', work, late)]
  finish('done')
  expect(await Promise.all(answers)).toEqual(['done', 'done'])
  expect(late).not.toHaveBeenCalled()
})

test('what failed is begun anew, and what is done is not kept for ever', async () => {
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
