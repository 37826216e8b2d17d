import { expect, test } from 'vitest'
import { excessOfValue, storable } from './storable'

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
  const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`)
  const deep = 'is nested more than 64 levels deep'
  expect([nested(64), nested(65), nested(100_000), 'text'].map(excessOfValue)).toEqual([null, deep, deep, null])
})
