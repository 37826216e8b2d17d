import { ApiError } from './errors'
import { deepestField, mostValues } from './json'

/**
 * The same value with what jsonb and text refuse made storable: NUL and lone surrogates become U+FFFD.
 * Anything that is not JSON (undefined, functions, NaN) goes the way `JSON.stringify` sends it.
 */
export function storable<T>(value: T): T {
  if (value === undefined || value === null) return value
  if (typeof value === 'string') return storableText(value) as T
  const text = JSON.stringify(value)
  if (!/\\u0000|\\ud[89a-f]/i.test(text)) return value
  // Of a pair `JSON.stringify` makes no escapes: these are halves.
  return JSON.parse(text.replace(/\\(?:u0000|ud[89a-f]..|.)/gi, (found) => (isBad.test(found) ? '\ufffd' : found)))
}

const isBad = /^\\(?:u0000|ud[89a-f]..)$/i

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd')
}

export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** Why a value can not be stored or walked safely, or null: it is nested too deeply, or there is too much of it. */
export function excessOfValue(value: unknown): string | null {
  let values = 0
  const left = [{ value, depth: 0 }]
  for (let item = left.pop(); item; item = left.pop()) {
    values += weightOf(item.value)
    if (values > mostValues) return tooMany
    if (typeof item.value !== 'object' || item.value === null) continue
    if (item.depth === deepestField) return `is nested more than ${deepestField} levels deep`
    for (const inner of Object.values(item.value)) left.push({ value: inner, depth: item.depth + 1 })
  }
  return null
}

type Place = { value: unknown; key: string; above: Place | null }

/**
 * Refuses an input for what could not be stored as it is, or would be lost on the way: text with NUL or half of a
 * surrogate pair, a key called `__proto__`, a number beyond all bounds. `isData`: it is others' data, whose texts are made
 * storable where they are stored and whose keys are kept. Errors: `invalid_input` with the path.
 */
export function refuseFault(input: unknown, isData: boolean): void {
  const left: Place[] = [{ value: input, key: '', above: null }]
  let values = 0
  for (let place = left.pop(); place; place = left.pop()) {
    values += weightOf(place.value)
    if (values > mostValues) throw new ApiError('invalid_input', `It ${tooMany}.`)
    const why = faultOf(place, isData)
    if (why) {
      const path = pathOf(place)
      throw new ApiError('invalid_input', path ? `${path}: ${why}` : why, path)
    }
    const { value } = place
    if (typeof value !== 'object' || value === null) continue
    // Backwards, to come to them in order.
    for (const [key, inner] of Object.entries(value).reverse()) left.push({ value: inner, key, above: place })
  }
}

const tooMany = `holds more than ${mostValues} values`

/** The database writes 1e300 out with all its zeros, wherever it is read. */
function weightOf(value: unknown): number {
  return typeof value === 'number' && String(value).includes('e') ? 20 : 1
}

const unstorable = 'must not hold NUL or half of a surrogate pair'

function faultOf({ value, key }: Place, isData: boolean): string | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'is a number too large to be kept'
  if (isData) return null
  if (key === '__proto__') return 'is not a name that can be kept'
  if (!isStorableText(key)) return unstorable
  return typeof value === 'string' && !isStorableText(value) ? unstorable : null
}

function pathOf(place: Place): string {
  const keys: string[] = []
  for (let at: Place | null = place; at?.above; at = at.above) keys.unshift(at.key)
  return storableText(keys.join('.'))
}
