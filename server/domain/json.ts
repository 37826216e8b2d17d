export type JsonObject = Record<string, unknown>

/** A line that is a JSON object, or null for anything else a program may print. */
export function objectOf(line: string): JsonObject | null {
  if (!line.trimStart().startsWith('{')) return null
  try {
    return asObject(JSON.parse(line))
  } catch {
    return null
  }
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
