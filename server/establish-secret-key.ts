import { createHmac } from 'node:crypto'
import type { RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import { PlainError } from './domain/plain-error'
import type { Env } from './env'
import type { Log } from './logger'
import { findSecretKey, makeSecretKey, secretKeyPath } from './secret-key'

type Settings = Pick<Env, 'dataDir' | 'secretKey' | 'replaceSecretKey'>

/**
 * The secret key of this server: the one that the database was set up with, of which the first server leaves a mark.
 * One is made only where the database has none, and the database gives up what another has sealed only where
 * REVEILLE_REPLACE_SECRET_KEY names that one. Fails with a PlainError that says what it would cost.
 */
export async function establishSecretKey(sql: RawSql, settings: Settings, log: Log): Promise<Buffer> {
  return await transaction(sql, async (tx) => {
    // Servers that start together on an empty database make one key.
    await tx`lock table installation in share row exclusive mode`
    const [row] = await tx<{ secretKeyMark: string }[]>`select secret_key_mark from installation`
    const found = findSecretKey(settings.dataDir, settings)
    if (row && found && markOf(found) === row.secretKeyMark) return found
    if (row) await giveUpSealed(tx, row.secretKeyMark, { settings, log, hasOther: found !== undefined })
    const key = found ?? makeSecretKey(settings.dataDir)
    await tx`
      insert into installation (id, secret_key_mark) values (true, ${markOf(key)})
      on conflict (id) do update set secret_key_mark = excluded.secret_key_mark`
    return key
  })
}

function markOf(key: Buffer): string {
  return createHmac('sha256', key).update('reveille secret key').digest('hex')
}

async function giveUpSealed(
  tx: Tx,
  mark: string,
  { settings, log, hasOther }: { settings: Settings; log: Log; hasOther: boolean },
): Promise<void> {
  const [{ secrets, webhooks, servers }] = await tx<[{ secrets: number; webhooks: number; servers: number }]>`
    select (select count(*)::int from company_secrets) as secrets,
      (select count(*)::int from notification_webhooks) as webhooks,
      (select count(*)::int from servers where ended_at is null and lease_expires_at > now()) as servers`
  const name = mark.slice(0, 8)
  if (settings.replaceSecretKey !== name || servers > 0) {
    const path = secretKeyPath(settings.dataDir)
    const wrong = hasOther
      ? `${settings.secretKey ? 'REVEILLE_SECRET_KEY' : path} is not the one this database was set up with`
      : `The secret key this database was set up with is missing: REVEILLE_SECRET_KEY is not set and ${path} is not there`
    const help = 'bring it back from a backup, or take that of another server (secret.key in its data directory)'
    const wayOut =
      servers > 0
        ? 'Servers that have it are running on this database.'
        : `If it is lost for good, start once with REVEILLE_REPLACE_SECRET_KEY=${name}: that deletes ${secrets} stored secrets and ${webhooks} webhooks, which nobody can read without it and which have to be set again, and ends the tokens that REVEILLE_TOKEN made.`
    throw new PlainError(`${wrong}: ${help}. ${wayOut}`)
  }
  await tx`delete from company_secrets`
  await tx`delete from former_secrets`
  await tx`delete from run_results`
  await tx`delete from notification_webhooks`
  log.warn({ secrets, webhooks }, 'the secret key was replaced: what the lost one had sealed is deleted')
}
