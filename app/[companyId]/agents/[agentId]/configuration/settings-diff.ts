import type { Outputs } from '@/app/_trpc/client'
import { isJsonObject } from '@/server/domain/json'

export type Revision = Outputs['agent']['history']['items'][number]
export type Settings = Pick<
  Revision,
  'name' | 'adapterType' | 'adapterConfig' | 'runtimeConfig' | 'budgetMonthlyMicros'
>
export type Difference = { path: string; before: unknown; after: unknown }

/** The agent's settings, without its state. */
export function settingsOf({
  name,
  adapterType,
  adapterConfig,
  runtimeConfig,
  budgetMonthlyMicros,
}: Settings): Settings {
  return { name, adapterType, adapterConfig, runtimeConfig, budgetMonthlyMicros }
}

/** Every value that differs, with its path. `undefined` means that it is missing on that side. */
export function differencesOf(before: unknown, after: unknown, path = ''): Difference[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) => differencesOf(before[name], after[name], path === '' ? name : `${path}.${name}`))
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }]
}
