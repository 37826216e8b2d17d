import { expect, test } from 'vitest'
import { isShallow, storable } from './storable'

test.each([
  [undefined, undefined],
  [null, null],
  [0, 0],
  ['plain', 'plain'],
  ['a\u0000b', 'a\ufffdb'],
  ['\ud83d\ude00', '\ud83d\ude00'],
  ['\ud83d', '\ufffd'],
  ['\ude00\ud83d', '\ufffd\ufffd'],
  [
    ['\u0000', { '\ud800': { x: '\udfff' } }],
    ['\ufffd', { '\ufffd': { x: '\ufffd' } }],
  ],
  ['\\u0000', '\\u0000'],
  [{ text: '\\ud800' }, { text: '\\ud800' }],
])('%j is stored as %j', (given, expected) => {
  expect(storable(given)).toEqual(expected)
})

test('a key that names the prototype stays a key', () => {
  const given = JSON.parse('{"__proto__":{"admin":true},"x":"\\u0000"}')
  const stored = storable(given)
  expect(JSON.stringify(stored)).toBe('{"__proto__":{"admin":true},"x":"\ufffd"}')
  expect((stored as { admin?: boolean }).admin).toBeUndefined()
})

test('64 levels are shallow, 65 are not', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
  expect([isShallow(nested(64)), isShallow(nested(65)), isShallow('text')]).toEqual([true, false, true])
})
