import { adapterOf, adapters } from '@/server/adapters/registry'
import { ApiError } from '@/server/domain/errors'
import { inputError } from '@/server/domain/input-fault'
import type { JsonObject } from '@/server/domain/json'
import {
  type HeartbeatPolicy,
  policyIfReadable,
  type RuntimeConfig,
  runtimeConfigSchema,
  storedRuntimeConfigSchema,
} from '@/server/domain/policy'
import { mostEntries, oversizedField } from '@/server/secrets/references'

/** The configuration as its adapter's schema reads it. Error: `invalid_input` with the path of the invalid field. */
export function checkedConfig(adapterType: string, adapterConfig: unknown): JsonObject {
  const adapter = adapterOf(adapterType)
  if (!adapter) {
    throw new ApiError(
      'invalid_input',
      `adapterType: must be one of ${Object.keys(adapters).join(', ')}`,
      'adapterType',
    )
  }
  const oversized = oversizedField(adapterConfig)
  if (oversized) {
    const path = `adapterConfig.${oversized}`
    throw new ApiError('invalid_input', `${path}: must have at most ${mostEntries} entries`, path)
  }
  const parsed = adapter.config.safeParse(adapterConfig)
  if (!parsed.success) throw inputError(parsed.error, 'adapterConfig')
  return parsed.data as JsonObject
}

/** The heartbeat policy with its defaults. A cron that the change keeps may have no further firing. */
export function checkedRuntime(runtimeConfig: unknown, before: HeartbeatPolicy | null = null): RuntimeConfig {
  const given = policyIfReadable(runtimeConfig)
  const isKept = given !== null && given.cron === before?.cron && given.timezone === before?.timezone
  const parsed = (isKept ? storedRuntimeConfigSchema : runtimeConfigSchema).safeParse(runtimeConfig ?? {})
  if (!parsed.success) throw inputError(parsed.error, 'runtimeConfig')
  return parsed.data
}

/** Two policies with equal timers give equal texts. */
export function timerOf(runtime: RuntimeConfig): string | null {
  const policy = policyIfReadable(runtime)
  if (!policy) return null
  const { enabled, intervalSec, cron, timezone } = policy
  return JSON.stringify([enabled, intervalSec, cron, timezone])
}
