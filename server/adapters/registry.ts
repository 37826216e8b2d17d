import { z } from 'zod'
import type { Adapter } from './adapter'
import { adapters } from './all'

export { adapters }
export type AdapterType = keyof typeof adapters
export const adapterTypes = Object.keys(adapters) as AdapterType[]

/** The adapter of an agent, or null where this server has none of that type. */
export function adapterOf(type: string): Adapter | null {
  return Object.hasOwn(adapters, type) ? adapters[type as AdapterType] : null
}

/** What `adapter.list` answers, in the order of its forms: each adapter with the JSON Schema of its config as it is given. */
export function describeAdapters() {
  const inOrder = Object.entries<Adapter>(adapters).sort(([, a], [, b]) => placeOf(a) - placeOf(b))
  return inOrder.map(([type, { label, description, config }]) => ({
    type: type as AdapterType,
    label,
    description,
    configSchema: z.toJSONSchema(config, { io: 'input' }),
  }))
}

function placeOf({ place = Number.MAX_SAFE_INTEGER }: Adapter): number {
  return place
}
