import type { Tx } from '@/db/client'
import { Failure } from '@/server/domain/errors'
import { isPlainSecret, replaceEntries, secretEntries, secretNameOf } from './references'
import { storeSecret } from './secrets'

/**
 * The configuration as it is stored: plain values under names that look like secrets become company secrets of this
 * agent, and are replaced by their references. Errors: `invalid_input` for a reference to a secret that is not there.
 */
export async function sealConfig(
  tx: Tx,
  secretKey: Buffer,
  agent: { id: string; companyId: string },
  config: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const entries = secretEntries(config)
  const names = new Map<string, string>()
  for (const entry of entries.filter(isPlainSecret)) {
    const name = `${entry.key.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 150)}-${agent.id.slice(-8)}`
    await storeSecret(tx, secretKey, { companyId: agent.companyId, name, value: String(entry.value) })
    names.set(`${entry.holder}.${entry.key}`, name)
  }
  await refuseUnknown(tx, agent.companyId, entries)
  return replaceEntries(config, (entry) => {
    const name = names.get(`${entry.holder}.${entry.key}`)
    return name === undefined ? entry.value : { secret: name }
  })
}

async function refuseUnknown(tx: Tx, companyId: string, entries: ReturnType<typeof secretEntries>): Promise<void> {
  const wanted = entries.flatMap((entry) => secretNameOf(entry.value) ?? [])
  if (wanted.length === 0) return
  // Held until the agent is written: a secret in use can not be removed in between.
  const rows = await tx<{ name: string }[]>`
    select name from company_secrets where company_id = ${companyId} and name = any(${wanted}) for share`
  const there = new Set(rows.map((row) => row.name))
  const missing = entries.find((entry) => {
    const name = secretNameOf(entry.value)
    return name !== null && !there.has(name)
  })
  if (!missing) return
  const path = `adapterConfig.${missing.holder}.${missing.key}`
  const name = secretNameOf(missing.value)
  throw new Failure('invalid_input', `${path}: there is no secret named ${name} in this company. Set it first.`, path)
}
