import { expect, it, vi } from 'vitest'
import { createRefetcher } from './refetcher'

it('reads at once, then collects, and never forgets the last change', () => {
  vi.useFakeTimers()
  const read: string[] = []
  const refetcher = createRefetcher<'runs' | 'agents'>(
    (key) => read.push(key),
    () => 100,
  )
  refetcher.mark('runs')
  refetcher.mark('runs')
  refetcher.mark('runs')
  refetcher.mark('agents')
  expect(read).toEqual(['runs', 'agents'])
  vi.advanceTimersByTime(100)
  expect(read).toEqual(['runs', 'agents', 'runs'])
  vi.advanceTimersByTime(1_000)
  expect(read).toHaveLength(3)
  refetcher.mark('runs')
  expect(read).toHaveLength(4)
  refetcher.stop()
  vi.useRealTimers()
})
