import { afterEach, expect, it, vi } from 'vitest'
import { createRefetcher } from './refetcher'

afterEach(() => {
  vi.useRealTimers()
})

it('refetches at once, then at intervals, and always after the last change', async () => {
  vi.useFakeTimers()
  const read: string[] = []
  const refetcher = createRefetcher<'runs' | 'agents'>(
    async (key) => read.push(key),
    () => 100,
  )
  refetcher.mark('runs')
  refetcher.mark('runs')
  refetcher.mark('runs')
  refetcher.mark('agents')
  expect(read).toEqual(['runs', 'agents'])
  await vi.advanceTimersByTimeAsync(100)
  expect(read).toEqual(['runs', 'agents', 'runs'])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(read).toHaveLength(3)
  refetcher.mark('runs')
  expect(read).toHaveLength(4)
  refetcher.stop()
})

it('waits for an answer that is slower than the interval, and continues after one that failed', async () => {
  vi.useFakeTimers()
  const answers: ((error: Error) => void)[] = []
  const refetcher = createRefetcher<'runs'>(
    () => new Promise((_resolve, reject) => answers.push(reject)),
    () => 100,
  )
  for (let times = 0; times < 100; times++) {
    refetcher.mark('runs')
    await vi.advanceTimersByTimeAsync(10)
  }
  expect(answers).toHaveLength(1)
  answers[0]?.(new Error('away'))
  await vi.advanceTimersByTimeAsync(0)
  expect(answers).toHaveLength(2)
  refetcher.stop()
})
