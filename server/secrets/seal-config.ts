import { and, eq } from 'drizzle-orm'
import type { Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { companySecrets } from '@/db/schema'
import { ApiError } from '@/server/domain/errors'
import type { JsonObject } from '@/server/domain/json'
import { isPlainSecret, replaceEntries, secretEntries, secretNameOf } from './references'
import { storeSecret } from './secrets'

/**
 * The configuration to store: plain values whose names look like those of secrets become company secrets of this agent
 * and are replaced by references. Errors: `invalid_input` for a reference to an unknown secret.
 */
export async function sealConfig(
  tx: Tx,
  secretKey: Buffer,
  agent: { id: string; companyId: string },
  config: JsonObject,
): Promise<JsonObject> {
  const entries = secretEntries(config)
  const names = new Map<string, string>()
  for (const entry of entries.filter(isPlainSecret)) {
    const name = `${entry.key.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 150)}-${agent.id.slice(-8)}`
    await storeSecret(tx, secretKey, { companyId: agent.companyId, name, value: String(entry.value) })
    names.set(`${entry.field}.${entry.key}`, name)
  }
  await refuseUnknown(tx, agent.companyId, entries)
  return replaceEntries(config, (entry) => {
    const name = names.get(`${entry.field}.${entry.key}`)
    return name === undefined ? entry.value : { secret: name }
  })
}

async function refuseUnknown(tx: Tx, companyId: string, entries: ReturnType<typeof secretEntries>): Promise<void> {
  const referenced = entries.flatMap((entry) => secretNameOf(entry.value) ?? [])
  if (referenced.length === 0) return
  const { name } = companySecrets
  // Locked until the agent is written, so that no referenced secret is removed in the meantime.
  const rows = await drizzleOn(tx)
    .select({ name })
    .from(companySecrets)
    .where(and(eq(companySecrets.companyId, companyId), equalsAny(name, referenced)))
    .for('share')
  const existing = new Set(rows.map((row) => row.name))
  const missing = entries.find((entry) => {
    const name = secretNameOf(entry.value)
    return name !== null && !existing.has(name)
  })
  if (!missing) return
  const path = `adapterConfig.${missing.field}.${missing.key}`
  const missingName = secretNameOf(missing.value)
  throw new ApiError(
    'invalid_input',
    `${path}: there is no secret named ${missingName} in this company. Set it first.`,
    path,
  )
}
