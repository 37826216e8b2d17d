import { ApiError } from './errors'

/** JSON with keys that this code does not define: a caller's, a program's, an adapter's. */
export type JsonObject = Record<string, unknown>

/** The deepest nesting of a field. */
export const deepestField = 64
/** The most values of one message: every array, object, key, text, number, true, false and null counts. */
export const mostValues = 100_000
/** A message has a few levels of its own around its fields. */
const deepestMessage = deepestField + 8

/**
 * The only parser of JSON: of requests, messages of a socket, responses, files, options. A byte order
 * mark is ignored. Errors: `invalid_input` for text that is not JSON, or too deep or too large.
 */
export function readJson(text: string): unknown {
  const json = checkedJson(text)
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new ApiError('invalid_input', `It is not JSON: ${error instanceof Error ? error.message : error}.`)
  }
}

/** The text without its byte order mark. Its size and depth are checked first, since parsing too much would take long. */
export function checkedJson(text: string): string {
  const fault = excessOf(text)
  if (fault) throw new ApiError('invalid_input', fault)
  return withoutMark(text)
}

/** For output of programs: the caller bounds its bytes and checks it field by field. */
export function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(withoutMark(text)) }
  } catch {
    return { ok: false }
  }
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

function excessOf(text: string): string | null {
  let depth = 0
  let values = 1
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case openArray:
      case openObject:
        depth++
        values++
        if (depth > deepestMessage) return `It is nested more than ${deepestField} levels deep.`
        break
      case closeArray:
      case closeObject:
        depth--
        break
      case comma:
      case colon:
        values++
        break
    }
    if (values > mostValues) return `It holds more than ${mostValues} keys and values.`
  }
  return null
}

/** The end of the string that begins at `start`; the end of the text for an unterminated one. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const end = text.indexOf('"', from)
    if (end < 0) return text.length
    let before = end - 1
    while (text.charCodeAt(before) === backslash) before--
    if ((end - before) % 2 === 1) return end
    from = end + 1
  }
}

/** The JSON object of a line, or null for any other line of a program. */
export function objectOf(line: string): JsonObject | null {
  if (!line.trimStart().startsWith('{') || excessOf(line)) return null
  const parsed = parseJson(line)
  return parsed.ok ? asObject(parsed.value) : null
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asObject(value: unknown): JsonObject | null {
  return isJsonObject(value) ? value : null
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
