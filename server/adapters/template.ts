import type { JsonObject } from '@/server/domain/json'

/** The values that templates of an agent can use: `{{agent.name}}`, `{{company.name}}`, `{{run.reason}}`, `{{context.ticket.id}}`. */
export type TemplateScope = {
  agent: JsonObject
  company: JsonObject
  run: JsonObject
  context: JsonObject
}

const placeholder = /\{\{\s*(agent|company|run|context)((?:\.[\w-]+)*)\s*\}\}/g

/**
 * Replaces placeholders by values, once: placeholders inside values are not replaced. Texts are inserted unchanged,
 * other values as JSON, missing ones as an empty text. Other texts in double braces are left unchanged.
 */
export function render(template: string, scope: TemplateScope): string {
  return template.replace(placeholder, (_all, root: keyof TemplateScope, path: string) => {
    const value = path.split('.').slice(1).reduce(ownValue, scope[root])
    if (value === undefined || value === null) return ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}

/** The same for every text in a JSON value; keys stay. */
export function renderAll<Value>(value: Value, scope: TemplateScope): Value
export function renderAll(value: unknown, scope: TemplateScope): unknown {
  if (typeof value === 'string') return render(value, scope)
  if (Array.isArray(value)) return value.map((item) => renderAll(item, scope))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderAll(item, scope)]))
}

function ownValue(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as JsonObject)[key]
}
