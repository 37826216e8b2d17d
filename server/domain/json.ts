import { ApiError } from './errors'

/** JSON whose keys are somebody else's: a caller's, a program's, an adapter's. */
export type JsonObject = Record<string, unknown>

/** A field may be nested this deep. */
export const deepestField = 64
/** What one message may hold: every array, object, key, text, number, true, false and null counts. */
export const mostValues = 100_000
/** A message puts a few levels of its own around its fields. */
const deepestMessage = deepestField + 8

/**
 * The one way in which text becomes a value: of a request, a message of a socket, an answer, a file, an option. A byte order
 * mark is passed over. Errors: `invalid_input` where it is not JSON, or more of it than may be sent.
 */
export function readJson(text: string): unknown {
  const json = checkedJson(text)
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new ApiError('invalid_input', `It is not JSON: ${error instanceof Error ? error.message : error}.`)
  }
}

/** The text without its byte order mark, counted: parsing what is too deep or too much would already take long. */
export function checkedJson(text: string): string {
  const fault = excessOf(text)
  if (fault) throw new ApiError('invalid_input', fault)
  return withoutMark(text)
}

/** For what a program has answered or written: bounded in bytes by whoever has read it, and checked field by field. */
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

/** Where the string that begins at `start` ends; the end of the text where it does not. */
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

/** A line that is a JSON object, or null for anything else a program may print. */
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
