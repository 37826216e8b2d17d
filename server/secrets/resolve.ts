import type { Executor } from '@/db/client'
import { replaceEntries, secretEntries, secretNameOf } from './references'
import { unseal } from './seal'
import { urlSecrets } from './url-secrets'

/**
 * The configuration with its secrets in place, and their values: what a run's program is given, and what is taken out of
 * everything it says. A reference that can not be resolved stays, and the adapter refuses it.
 */
export async function resolveSecrets(
  sql: Executor,
  secretKey: Buffer,
  companyId: string,
  config: Record<string, unknown>,
): Promise<{ config: Record<string, unknown>; values: string[] }> {
  const names = secretEntries(config).flatMap((entry) => secretNameOf(entry.value) ?? [])
  const inUrl = typeof config.url === 'string' ? urlSecrets(config.url) : []
  if (names.length === 0) return { config, values: inUrl }
  const rows = await sql<{ name: string; sealedValue: string }[]>`
    select name, sealed_value from company_secrets where company_id = ${companyId} and name = any(${names})`
  const values = new Map(
    rows.map(({ name, sealedValue }) => [name, unseal(secretKey, { companyId, name }, sealedValue)]),
  )
  const resolved = replaceEntries(config, ({ value }) => values.get(secretNameOf(value) ?? '') ?? value)
  return { config: resolved, values: [...values.values(), ...inUrl] }
}
