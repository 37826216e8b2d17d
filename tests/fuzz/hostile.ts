import fc from 'fast-check'

/** Stands for a piece of JSON text that no value can be made of, or that is too deep to be walked. */
type Raw = { raw: number }

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const deepObject = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

const pieces = [
  deep(65),
  deep(5000),
  deep(60_000),
  deepObject(5000),
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '{"\\u0000":"\\ud800"}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"hasOwnProperty":2,"valueOf":3,"then":4}',
  '1e999',
  '-1e999',
  '1e-999',
  '-0',
  '9007199254740993',
  '99999999999999999999999999',
  `"${'x'.repeat(300_000)}"`,
  `[${Array(20_000).fill('0').join(',')}]`,
  `{${Array.from({ length: 5000 }, (_key, at) => `"k${at}":${at}`).join(',')}}`,
]

const values: unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  '',
  ' ',
  '\u200b',
  '\u202egnp.exe',
  '\uffff\ufffe',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '/etc/passwd\u0000.txt',
  "'; drop table agents; --",
  "' or 1=1 --",
  '$1',
  '{{agent.name}}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'NaN',
  'Infinity',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999+14:00',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF',
  [],
  {},
  [[]],
  [null],
  { length: 1e9 },
  { secret: '../NAME' },
  { $ne: null },
  'x'.repeat(201),
  'é'.repeat(2001),
]

/** Values that have broken servers. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...values),
  fc.nat(pieces.length - 1).map((raw): Raw => ({ raw })),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.double(),
)

/** The text of an input, its raw pieces put in. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null'
  return text.replace(/\{"raw":(\d+)\}/g, (_whole, at) => pieces[Number(at)] ?? 'null')
}

/** `value` with what stands at some place in it replaced, or a field added: by name, as an attacker tries them. */
export function replaced(value: unknown, pick: number, by: unknown): unknown {
  const places = placesOf(value)
  const place = places[pick % (places.length + 1)]
  return place ? set(value, place, by) : by
}

type Place = string[]

function placesOf(value: unknown, above: Place = []): Place[] {
  if (typeof value !== 'object' || value === null || above.length > 3) return []
  const own = Object.entries(value).slice(0, 30)
  return own.flatMap(([name, inner]) => [[...above, name], ...placesOf(inner, [...above, name])])
}

function set(value: unknown, [name, ...rest]: Place, by: unknown): unknown {
  if (name === undefined) return by
  const inner = (value as Record<string, unknown>)[name]
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === name ? set(item, rest, by) : item))
  return { ...(value as object), [name]: set(inner, rest, by) }
}
