import { and, eq } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { prepared } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { companySecrets } from '@/db/schema'
import type { JsonObject } from '@/server/domain/json'
import { urlSecrets } from '@/server/platform/url-secrets'
import { replaceEntries, secretEntries, secretNameOf } from './references'
import { unseal } from './seal'

const findSecrets = prepared(['companyId', 'names'], (db, { companyId, names }) => {
  const { name, sealedValue } = companySecrets
  return db
    .select({ name, sealedValue })
    .from(companySecrets)
    .where(and(eq(companySecrets.companyId, companyId), equalsAny(name, names)))
})

/**
 * The configuration with the values of its secrets, for a run's program; and those values, to redact the program's
 * output. A reference to an unknown secret is left, and the adapter rejects it.
 */
export async function resolveSecrets(
  sql: Executor,
  secretKey: Buffer,
  companyId: string,
  config: JsonObject,
): Promise<{ config: JsonObject; values: string[] }> {
  const names = secretEntries(config).flatMap((entry) => secretNameOf(entry.value) ?? [])
  const inUrl = typeof config.url === 'string' ? urlSecrets(config.url) : []
  if (names.length === 0) return { config, values: inUrl }
  const rows = await findSecrets(sql, { companyId, names })
  const values = new Map(
    rows.map(({ name, sealedValue }) => [name, unseal(secretKey, { companyId, name }, sealedValue)]),
  )
  const resolved = replaceEntries(config, ({ value }) => values.get(secretNameOf(value) ?? '') ?? value)
  return { config: resolved, values: [...values.values(), ...inUrl] }
}
