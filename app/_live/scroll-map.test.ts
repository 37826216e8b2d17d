import { expect, test } from 'vitest'
import { createScrollMap } from './scroll-map'

function mapOf(wholePx: number) {
  const map = createScrollMap()
  map.resize(wholePx, 800)
  return map
}

test('a box that is not too high is what it stands for', () => {
  const map = mapOf(50_000)
  expect(map.boxPx()).toBe(50_000)
  map.scrolled(30_000)
  expect(map.top()).toBeCloseTo(30_000)
  expect(map.settle()).toBeNull()
})

test('in a box that stands for far more, a wheel moves by its own pixels and the bar by its share', () => {
  const map = mapOf(180_000_000)
  expect(map.boxPx()).toBe(8_000_000)
  map.scrolled(4_000_000)
  expect(map.top() / 180_000_000).toBeCloseTo(0.5, 2)
  const before = map.top()
  map.scrolled(4_000_100)
  expect(map.top()).toBe(before + 100)
})

test('both ends are reached', () => {
  const map = mapOf(180_000_000)
  map.scrolled(8_000_000 - 800)
  expect(map.top()).toBe(180_000_000 - 800)
  expect(map.rest()).toBe(0)
  map.scrolled(0)
  expect(map.top()).toBe(0)
})

test('after a jump the bar comes to stand where the place is', () => {
  const map = mapOf(180_000_000)
  map.moveTo(90_000_000)
  const at = map.settle() ?? 0
  expect(at).toBeGreaterThan(3_990_000)
  expect(map.settle()).toBeNull()
  map.scrolled(at + 500)
  expect(map.settle()).toBe(at + Math.round(500 / 22.5))
})

test('what turns out higher above does not move what is looked at, nor is any of it passed over', () => {
  const map = mapOf(50_000)
  map.scrolled(1_000)
  map.resize(53_000, 800)
  expect(map.moveTo(4_000)).toBe(4_000)
  map.scrolled(200)
  expect(map.top()).toBe(3_200)
  map.scrolled(0)
  expect([map.top(), map.isStuck()]).toEqual([3_000, true])
  expect(map.settle()).toBeGreaterThan(2_900)
  expect(map.isStuck()).toBe(false)
})
