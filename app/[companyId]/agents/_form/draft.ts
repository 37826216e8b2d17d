import type { JsonObject } from '@/server/domain/json'
import type { AdapterField } from './adapter-fields'

/** A variable or header in the form: plain text, or a reference to a secret. */
export type Pair = { id: number; name: string; value: string; secret: string | null }
export type FieldValue = string | boolean | readonly Pair[]
export type Draft = Readonly<Record<string, FieldValue>>

/** Stored config → draft. Missing values are empty in the draft; the form shows the server's defaults as placeholders. */
export function draftOf(fields: readonly AdapterField[], config: Readonly<JsonObject>): Draft {
  return Object.fromEntries(fields.map((field) => [field.name, draftValueOf(field, config[field.name])]))
}

function draftValueOf(field: AdapterField, value: unknown): FieldValue {
  switch (field.kind) {
    case 'switch':
      return (value ?? field.fallback) === true
    case 'choice':
      return String(value ?? field.fallback ?? field.choices[0] ?? '')
    case 'pairs':
      return Object.entries((value ?? {}) as JsonObject).map(([name, given], id) => pairOf(id, name, given))
    case 'lines':
      return linesOf(Array.isArray(value) ? value.map(String) : [])
    case 'json':
      return value === undefined ? '' : JSON.stringify(value, null, 2)
    case 'text':
    case 'long':
    case 'number':
      return value === undefined || value === null ? '' : String(value)
  }
}

function pairOf(id: number, name: string, given: unknown): Pair {
  if (typeof given === 'object' && given !== null && 'secret' in given) {
    return { id, name, value: '', secret: String(given.secret) }
  }
  return { id, name, value: String(given ?? ''), secret: null }
}

/** One value per line, or JSON if the values cannot be written as lines. */
function linesOf(values: readonly string[]): string {
  const asLines = values.join('\n')
  return values.length > 0 && !sameTexts(parsedLines(asLines), values) ? JSON.stringify(values, null, 2) : asLines
}

function parsedLines(text: string): string[] {
  if (text.trimStart().startsWith('[')) {
    const parsed = parsedJson(text)
    if (Array.isArray(parsed) && parsed.every((item) => typeof item === 'string')) return parsed
  }
  return text.split('\n').filter((line) => line !== '')
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index])
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export type ReadDraft = { ok: true; config: JsonObject } | { ok: false; field: string; message: string }

/** Draft → config to save. Empty fields are omitted, so that the server's defaults apply. */
export function configOf(fields: readonly AdapterField[], draft: Draft): ReadDraft {
  const config: JsonObject = {}
  for (const field of fields) {
    const value = draft[field.name]
    if (value === undefined || value === '' || isUntouched(field, value)) continue
    const read = readValue(field, value)
    if (read === undefined) return { ok: false, field: field.name, message: errors[field.kind] ?? 'is not valid' }
    config[field.name] = read
  }
  return { ok: true, config }
}

const errors: Partial<Record<AdapterField['kind'], string>> = {
  number: 'must be a number',
  json: 'must be JSON',
}

function isUntouched(field: AdapterField, value: FieldValue): boolean {
  return field.kind === 'switch' && value === (field.fallback === true)
}

function readValue(field: AdapterField, value: FieldValue): unknown {
  if (typeof value === 'object') {
    return Object.fromEntries(
      value
        .filter((pair) => pair.name !== '')
        .map((pair) => [pair.name, pair.secret === null ? pair.value : { secret: pair.secret }]),
    )
  }
  if (typeof value === 'boolean') return value
  if (field.kind === 'number') return Number.isFinite(Number(value)) ? Number(value) : undefined
  if (field.kind === 'lines') return parsedLines(value)
  return field.kind === 'json' ? parsedJson(value) : value
}
