import { z } from 'zod'
import type { Adapter } from './adapter'
import { claudeLocalAdapter } from './claude-local/adapter'
import { codexLocalAdapter } from './codex-local/adapter'
import { httpAdapter } from './http/adapter'
import { processAdapter } from './process/adapter'

/** Every adapter, in the order of `adapter.list`. Its format is listed in `formats.ts`. */
export const adapters = {
  process: processAdapter,
  http: httpAdapter,
  claude_local: claudeLocalAdapter,
  codex_local: codexLocalAdapter,
} satisfies Record<string, Adapter>

export type AdapterType = keyof typeof adapters
export const adapterTypes = Object.keys(adapters) as AdapterType[]

/** The adapter of an agent, or null for a type that this server does not have. */
export function adapterOf(type: string): Adapter | null {
  return Object.hasOwn(adapters, type) ? adapters[type as AdapterType] : null
}

/** The answer of `adapter.list`: each adapter with the JSON Schema of the config that callers send. */
export function describeAdapters() {
  return Object.entries<Adapter>(adapters).map(([type, { label, description, config }]) => ({
    type: type as AdapterType,
    label,
    description,
    configSchema: z.toJSONSchema(config, { io: 'input' }),
  }))
}
