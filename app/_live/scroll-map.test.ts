import { expect, test } from 'vitest'
import { createScrollMap } from './scroll-map'

function mapOf(wholePx: number) {
  const map = createScrollMap()
  map.resize(wholePx, 800)
  return map
}

test('content that fits is scrolled pixel by pixel', () => {
  const map = mapOf(50_000)
  expect(map.boxPx()).toBe(50_000)
  map.scrolled(30_000)
  expect(map.top()).toBeCloseTo(30_000)
  expect(map.settle()).toBeNull()
})

test('in far higher content, the wheel moves by its pixels and the scroll bar by its share', () => {
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

test('after a jump the scroll bar settles at the new position', () => {
  const map = mapOf(180_000_000)
  map.moveTo(90_000_000)
  const at = map.settle() ?? 0
  expect(at).toBeGreaterThan(3_990_000)
  expect(map.settle()).toBeNull()
  map.scrolled(at + 500)
  expect(map.settle()).toBe(at + Math.round(500 / 22.5))
})

test('rows above that turn out higher neither move the view nor are skipped', () => {
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
