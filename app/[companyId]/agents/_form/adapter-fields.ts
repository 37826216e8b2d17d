import type { JsonObject } from '@/server/domain/json'

/** A form field for one property of an adapter's config, derived from its JSON Schema. */
export type AdapterField = {
  name: string
  label: string
  hint: string | null
  required: boolean
  kind: 'text' | 'long' | 'lines' | 'pairs' | 'number' | 'switch' | 'choice' | 'json'
  choices: string[]
  /** The server's default, used when the field is left empty. */
  fallback: unknown
}

type Schema = JsonObject

/** The fields of a config, in the schema's order. */
export function fieldsOf(configSchema: unknown): AdapterField[] {
  if (!isSchema(configSchema) || !isSchema(configSchema.properties)) return []
  const required = Array.isArray(configSchema.required) ? configSchema.required : []
  return Object.entries(configSchema.properties)
    .filter((entry): entry is [string, Schema] => isSchema(entry[1]))
    .map(([name, property]) => ({
      name,
      label: typeof property.title === 'string' ? property.title : (labels[name] ?? titleOf(name)),
      hint: typeof property.description === 'string' ? property.description : null,
      required: required.includes(name) && property.default === undefined,
      kind: kindOf(name, property),
      choices: Array.isArray(property.enum) ? property.enum.map(String) : [],
      fallback: property.default,
    }))
}

const labels: Record<string, string> = {
  args: 'Arguments',
  cwd: 'Working directory',
  env: 'Environment',
  timeoutSec: 'Timeout (seconds)',
  graceSec: 'Grace (seconds)',
}

function kindOf(name: string, property: Schema): AdapterField['kind'] {
  if (Array.isArray(property.enum)) return 'choice'
  switch (property.type) {
    case 'string':
      return /template|prompt/i.test(name) ? 'long' : 'text'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'switch'
    case 'array':
      return isSchema(property.items) && property.items.type === 'string' ? 'lines' : 'json'
    case 'object':
      return holdsTexts(property.additionalProperties) ? 'pairs' : 'json'
    default:
      return 'json'
  }
}

function holdsTexts(values: unknown): boolean {
  if (!isSchema(values)) return false
  const kinds = [values, ...listOf(values.anyOf), ...listOf(values.oneOf)]
  return kinds.some((kind) => isSchema(kind) && kind.type === 'string')
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** "maxTurnsPerRun" → "Max turns per run". */
function titleOf(name: string): string {
  const text = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
  return text.charAt(0).toUpperCase() + text.slice(1)
}
