import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRenderThrottle } from './render-throttle'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the first after a pause is drawn at once, a flood every so often, and the last of it too', () => {
  const drawn: number[] = []
  let came = 0
  const timer = createRenderThrottle(() => drawn.push(came), 30)
  const come = () => {
    came++
    timer.soon()
  }
  come()
  vi.advanceTimersByTime(0)
  expect(drawn).toEqual([1])
  for (let ms = 0; ms < 90; ms++) {
    come()
    vi.advanceTimersByTime(1)
  }
  expect(drawn.length).toBeLessThanOrEqual(4)
  vi.advanceTimersByTime(30)
  expect(drawn.at(-1)).toBe(91)
  vi.advanceTimersByTime(1000)
  come()
  vi.advanceTimersByTime(0)
  expect(drawn.at(-1)).toBe(92)
})

test('what is stopped draws no more', () => {
  const draw = vi.fn()
  const timer = createRenderThrottle(draw, 30)
  timer.soon()
  timer.stop()
  vi.advanceTimersByTime(100)
  expect(draw).not.toHaveBeenCalled()
})
