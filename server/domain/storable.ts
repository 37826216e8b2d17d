import { ApiError } from './errors'
import { deepestField, mostValues } from './json'

/**
 * Makes a value storable in jsonb and text columns: NUL and lone surrogates become U+FFFD.
 * Values that are not JSON (undefined, functions, NaN) are treated as `JSON.stringify` treats them.
 */
export function storable<T>(value: T): T {
  if (value === undefined || value === null) return value
  if (typeof value === 'string') return storableText(value) as T
  const text = JSON.stringify(value)
  if (!/\\u0000|\\ud[89a-f]/i.test(text)) return value
  // `JSON.stringify` escapes only lone surrogates, not pairs.
  return JSON.parse(text.replace(/\\(?:u0000|ud[89a-f]..|.)/gi, (found) => (isBad.test(found) ? '\ufffd' : found)))
}

const isBad = /^\\(?:u0000|ud[89a-f]..)$/i

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd')
}

export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** Why a value cannot be stored or traversed safely: it is nested too deeply or too large. Null where it can. */
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
 * Rejects an input that could not be stored unchanged: text with NUL or half of a
 * surrogate pair, a key named `__proto__`, a number that is too large. `isData`: it is free-form data, whose texts are made
 * storable when they are stored, and whose keys are kept. Errors: `invalid_input` with the path.
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
    // Pushed in reverse, so that they are popped in order.
    for (const [key, inner] of Object.entries(value).reverse()) left.push({ value: inner, key, above: place })
  }
}

const tooMany = `holds more than ${mostValues} values`

/** The database prints 1e300 with all its zeros in every read. */
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
