import { expect, test } from 'vitest'
import { excessOfValue, refuseFault, storable } from './storable'

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

test('numbers that the database prints with all their zeros count as large', () => {
  expect(excessOfValue(Array(6000).fill(1.5e300))).toBe('holds more than 100000 values')
  expect(excessOfValue(Array(6000).fill(1e-300))).toBe('holds more than 100000 values')
  expect(excessOfValue(Array(6000).fill(123_456.789))).toBeNull()
})

test.each([
  ['{"a":{"b":["","\\u0000"]}}', 'a.b.1', /NUL/],
  ['{"a":"\\ud83d"}', 'a', /surrogate/],
  ['{"a\\u0000":1}', 'a\ufffd', /NUL/],
  ['{"a":{"__proto__":{}}}', 'a.__proto__', /not a name/],
  ['"\\u0000"', '', /NUL/],
  ['{"a":-1e999}', 'a', /too large/],
])('the invalid field in %s is named', (text, path, message) => {
  expect(() => refuseFault(JSON.parse(text), false)).toThrow(
    expect.objectContaining({ reason: 'invalid_input', path, message: expect.stringMatching(message) }),
  )
})

test('free-form data may contain characters that are replaced, and any key, but no number that is too large', () => {
  refuseFault(JSON.parse('{"a":"\\u0000","__proto__":{"b\\ud800":1},"constructor":1}'), true)
  expect(() => refuseFault(JSON.parse('{"a":[1e999]}'), true)).toThrow(expect.objectContaining({ path: 'a.0' }))
})
