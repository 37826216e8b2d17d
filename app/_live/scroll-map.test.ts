import { expect, test } from 'vitest'
import { createScrollMap } from './scroll-map'

test('a box that is not too high is what it stands for', () => {
  const map = createScrollMap()
  map.resize(50_000, 800)
  expect(map.boxPx()).toBe(50_000)
  map.scrolled(30_000)
  expect(map.top()).toBe(30_000)
  expect(map.settle()).toBeNull()
})

test('in a box that stands for far more, a wheel moves by its own pixels and the bar by its share', () => {
  const map = createScrollMap()
  map.resize(180_000_000, 800)
  expect(map.boxPx()).toBe(8_000_000)
  map.scrolled(4_000_000)
  expect(map.top() / 180_000_000).toBeCloseTo(0.5, 2)
  const before = map.top()
  map.scrolled(4_000_100)
  expect(map.top()).toBe(before + 100)
})

test('both ends are reached', () => {
  const map = createScrollMap()
  map.resize(180_000_000, 800)
  map.scrolled(8_000_000 - 800)
  expect(map.top()).toBe(180_000_000 - 800)
  map.scrolled(0)
  expect(map.top()).toBe(0)
})

test('after a jump the bar stands where the place is', () => {
  const map = createScrollMap()
  map.resize(180_000_000, 800)
  const at = map.go(90_000_000)
  expect(at).toBeGreaterThan(3_990_000)
  expect(map.settle()).toBeNull()
  map.scrolled(at + 500)
  expect(map.settle()).toBe(at + Math.round(500 / 22.5))
})
