import type { JsonObject } from '@/server/domain/json'
import type { AdapterField } from './adapter-fields'

/** A variable or header as it is edited: a text, or a secret that is kept as it came. */
export type Pair = { id: number; name: string; value: string; secret: string | null }
export type FieldValue = string | boolean | readonly Pair[]
export type Draft = Readonly<Record<string, FieldValue>>

/** A stored config → what the form shows. Without one, the form is empty and the server's defaults are its hints. */
export function draftOf(fields: readonly AdapterField[], config: Readonly<JsonObject>): Draft {
  return Object.fromEntries(fields.map((field) => [field.name, shown(field, config[field.name])]))
}

function shown(field: AdapterField, value: unknown): FieldValue {
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

/** One a line; as JSON where a line could not say it. */
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

/** What the form shows → the config to be saved. Empty fields are left out: the server's defaults stand in. */
export function configOf(fields: readonly AdapterField[], draft: Draft): ReadDraft {
  const config: JsonObject = {}
  for (const field of fields) {
    const value = draft[field.name]
    if (value === undefined || value === '' || isUntouched(field, value)) continue
    const read = readValue(field, value)
    if (read === undefined) return { ok: false, field: field.name, message: faults[field.kind] ?? 'can not be read' }
    config[field.name] = read
  }
  return { ok: true, config }
}

const faults: Partial<Record<AdapterField['kind'], string>> = {
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
