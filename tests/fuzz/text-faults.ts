const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

/** JSON text that servers fall over, by what is wrong with it. */
export const textFaults = {
  NUL: String.raw`"a\u0000b"`,
  'half of a pair': String.raw`"a\ud83d"`,
  'the other half': String.raw`"\ude00a"`,
  'NUL in a key': String.raw`{"\u0000":"x"}`,
  'half a pair in a key': String.raw`{"\udfff":1}`,
  __proto__: '{"__proto__":{"polluted":true}}',
  constructor: '{"constructor":{"prototype":{"polluted":true}}}',
  'a number without bounds': '1e999',
  'a number of many zeros': '1e300',
  'NUL in a list': String.raw`["\u0000"]`,
  depth: nested(70),
  'much depth': nested(9000),
  'objects in objects': `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`,
  'many values': `[${Array(120_000).fill('""')}]`,
  'many keys': `{${Array.from({ length: 30_000 }, (_key, at) => `"k${at}":""`)}}`,
} as const

type Place = string[]

/** Every place in an input, two levels down, and that of a field which there is not. */
export function everyPlace(value: unknown, above: Place = []): Place[] {
  if (typeof value !== 'object' || value === null || above.length === 2) return []
  const own = Object.entries(value)
    .slice(0, 12)
    .flatMap(([name, inner]) => [[...above, name], ...everyPlace(inner, [...above, name])])
  return above.length === 0 ? [[], ['noSuchField'], ...own] : own
}

const mark = 'the place of the fault'

/** The JSON of `value` with `text` at a place. */
export function jsonWith(value: unknown, place: Place, text: string): string {
  return JSON.stringify(put(value, place)).replace(JSON.stringify(mark), () => text)
}

function put(value: unknown, [name, ...rest]: Place): unknown {
  if (name === undefined) return mark
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === name ? put(item, rest) : item))
  const inner = (value as Record<string, unknown>)[name]
  return { ...(value as object), [name]: put(inner, rest) }
}
