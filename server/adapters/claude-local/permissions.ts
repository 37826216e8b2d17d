import type { AdapterEvent } from '@/server/adapters/adapter'
import { asList, asObject, asText, type JsonObject } from '@/server/domain/json'

const mostNamed = 10

/** A warning that lists the tools that the agent was not allowed to use, according to its result; null where there are none. */
export function denialsOf(result: JsonObject): AdapterEvent | null {
  const denials = asList(result.permission_denials)
  if (denials.length === 0) return null
  const tools = denials.map((denial) => (asText(asObject(denial)?.tool_name) ?? 'a tool').slice(0, 100))
  const counts = [...new Set(tools)].map((tool) => ({ tool, count: tools.filter((name) => name === tool).length }))
  const named = counts.slice(0, mostNamed).map(({ tool, count }) => (count === 1 ? tool : `${tool} (${count} times)`))
  const rest = counts.length > mostNamed ? ` and ${counts.length - mostNamed} more` : ''
  const message = `Claude Code was denied permission to use ${named.join(', ')}${rest}. Allow it in its settings, or let the agent skip permissions.`
  return { eventType: 'warning', level: 'warn', message, payload: { permissionDenials: counts.slice(0, mostNamed) } }
}
