/**
 * The same value with what jsonb and text refuse made storable: NUL and lone surrogates become U+FFFD.
 * Anything that is not JSON (undefined, functions, NaN) goes the way `JSON.stringify` sends it.
 */
export function storable<T>(value: T): T {
  if (value === undefined || value === null) return value
  if (typeof value === 'string') return storableText(value) as T
  const text = JSON.stringify(value)
  if (!/\\u0000|\\ud[89a-f]/i.test(text)) return value
  return JSON.parse(text, (_key, item) => storableItem(item))
}

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd')
}

function storableItem(item: unknown): unknown {
  if (typeof item === 'string') return storableText(item)
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [storableText(key), value]))
}

const deepest = 64

/** Whether a value is nested at most 64 levels deep: past that it can not be stored or walked safely. */
export function isShallow(value: unknown, left: number = deepest): boolean {
  if (typeof value !== 'object' || value === null) return true
  return left > 0 && Object.values(value).every((inner) => isShallow(inner, left - 1))
}
