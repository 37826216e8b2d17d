import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createUnderWay } from './under-way'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that is done when it is told. */
function slowWork() {
  const begun: ((result: string | null) => void)[] = []
  const work = () => new Promise<string | null>((resolve) => void begun.push(resolve))
  return { begun, work, finish: (result: string | null) => begun.at(-1)?.(result) }
}

test('work is begun once, waited for a moment, and its result is there for who asks again', async () => {
  const underWay = createUnderWay<string>()
  const { begun, work, finish } = slowWork()
  const late = vi.fn()
  const first = underWay.ask('run', work, late)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await first).toBeNull()
  const second = underWay.ask('run', work, late)
  await vi.advanceTimersByTimeAsync(1)
  expect(await second).toBeNull()
  expect(late).not.toHaveBeenCalled()
  finish('done')
  await vi.advanceTimersByTimeAsync(0)
  expect(late).toHaveBeenCalledOnce()
  expect(await underWay.ask('run', work, late)).toBe('done')
  expect(begun).toHaveLength(1)
})

test('whoever asks while it has just begun waits too, and nobody is told that it was late when it was not', async () => {
  const underWay = createUnderWay<string>()
  const { work, finish } = slowWork()
  const late = vi.fn()
  const answers = [underWay.ask('run', work, late), underWay.ask('run', work, late)]
  finish('done')
  expect(await Promise.all(answers)).toEqual(['done', 'done'])
  expect(late).not.toHaveBeenCalled()
})

test('what failed is begun anew, and what is done is not kept for ever', async () => {
  const underWay = createUnderWay<string>()
  const { begun, work, finish } = slowWork()
  for (const result of [null, 'done']) {
    const answer = underWay.ask('run', work)
    finish(result)
    expect(await answer).toBe(result)
  }
  await vi.advanceTimersByTimeAsync(120_000)
  void underWay.ask('run', work)
  expect(begun).toHaveLength(3)
})
