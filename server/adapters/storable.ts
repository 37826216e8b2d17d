const deepest = 64
const unstorable = /[\0\p{Surrogate}]/gu

/** PostgreSQL's text and jsonb take neither NUL nor half a surrogate pair: they become U+FFFD. */
export function storableText(text: string): string {
  return text.replace(unstorable, '\uFFFD')
}

/** A JSON value with every text and key made storable; not ok where it is nested more than 64 deep. */
export function storable(value: unknown): { ok: true; value: unknown } | { ok: false } {
  return isDeeper(value, deepest) ? { ok: false } : { ok: true, value: converted(value) }
}

function isDeeper(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  return Object.values(value).some((inner) => isDeeper(inner, left - 1))
}

function converted(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(converted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), converted(inner)]))
}
