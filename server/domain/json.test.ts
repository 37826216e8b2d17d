import { describe, expect, test } from 'vitest'
import { mostValues, objectOf, parseJson, readJson } from './json'

const nested = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels)

describe('JSON that is accepted', () => {
  test.each(['null', '"x"', '{"a":[1,{"b":"\\"]}"}]}', ' [ ] ', nested(72), '"\\\\"', '["\\\\\\"["]', '"[[,,{{"'])(
    '%s',
    (text) => {
      expect(readJson(text)).toEqual(JSON.parse(text))
      expect(readJson(`\ufeff${text}`)).toEqual(JSON.parse(text))
    },
  )

  test('a text counts as one value, however long it is', () => {
    const text = '[{,:"'.repeat(100_000)
    expect(readJson(JSON.stringify({ text }))).toEqual({ text })
  })

  test('the most values', () => {
    expect(readJson(`[${Array(mostValues - 1).fill(0)}]`)).toHaveLength(mostValues - 1)
  })
})

describe('JSON that is rejected quickly', () => {
  const tooMuch: [string, string, RegExp][] = [
    ['depth', nested(73), /nested more than 64 levels/],
    ['depth without end', '['.repeat(2_000_000), /nested more than 64 levels/],
    ['objects in objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, /nested more than 64 levels/],
    ['values', `[${Array(mostValues).fill(0)}]`, /more than 100000 keys and values/],
    ['empty arrays', `[${Array(600_000).fill('[]')}]`, /more than 100000 keys and values/],
    ['keys', `{${Array.from({ length: 60_000 }, (_key, at) => `"${at}":0`)}}`, /more than 100000 keys and values/],
    ['no JSON', '{', /^It is not JSON: /],
    ['two marks', '\ufeff\ufeff{}', /^It is not JSON: /],
    ['a text without its end', `"${'\\"'.repeat(500_000)}`, /^It is not JSON: /],
  ]
  test.each(tooMuch)('%s', (_what, text, message) => {
    const start = process.cpuUsage()
    expect(() => readJson(text)).toThrow(
      expect.objectContaining({ reason: 'invalid_input', message: expect.stringMatching(message) }),
    )
    expect(process.cpuUsage(start).user).toBeLessThan(500_000)
  })
})

test('output of programs is parsed with or without a byte order mark; their lines unless they are nested too deeply', () => {
  expect(parseJson('\ufeff{"a":1}')).toEqual({ ok: true, value: { a: 1 } })
  expect(parseJson('{')).toEqual({ ok: false })
  expect(objectOf('\ufeff {"a":1}')).toEqual({ a: 1 })
  expect(objectOf(`{"a":${nested(50_000)}}`)).toBeNull()
  expect(objectOf('plain')).toBeNull()
})
