import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRenderThrottle } from './render-throttle'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the first change after a pause is rendered at once, a burst at intervals, and its last change too', () => {
  const rendered: number[] = []
  let changes = 0
  const throttle = createRenderThrottle(() => rendered.push(changes), 30)
  const change = () => {
    changes++
    throttle.schedule()
  }
  change()
  vi.advanceTimersByTime(0)
  expect(rendered).toEqual([1])
  for (let ms = 0; ms < 90; ms++) {
    change()
    vi.advanceTimersByTime(1)
  }
  expect(rendered.length).toBeLessThanOrEqual(4)
  vi.advanceTimersByTime(30)
  expect(rendered.at(-1)).toBe(91)
  vi.advanceTimersByTime(1000)
  change()
  vi.advanceTimersByTime(0)
  expect(rendered.at(-1)).toBe(92)
})

test('a stopped throttle renders nothing more', () => {
  const render = vi.fn()
  const throttle = createRenderThrottle(render, 30)
  throttle.schedule()
  throttle.stop()
  vi.advanceTimersByTime(100)
  expect(render).not.toHaveBeenCalled()
})
