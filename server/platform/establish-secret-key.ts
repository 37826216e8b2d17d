import { createHmac } from 'node:crypto'
import { and, gt, isNull } from 'drizzle-orm'
import type { RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { companySecrets, formerSecrets, installation, notificationWebhooks, runResults, servers } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { StartupError } from '@/server/domain/startup-error'
import type { Env } from './env'
import type { Log } from './logger'
import { findSecretKey, makeSecretKey, secretKeyPath } from './secret-key'

type Settings = Pick<Env, 'dataDir' | 'secretKey' | 'replaceSecretKey'>

/**
 * The secret key of this server: the one that the database was set up with, whose mark the first server stores there. A key
 * is generated only for a database without a mark. With another key the server starts only where
 * REVEILLE_REPLACE_SECRET_KEY names the lost one, and deletes all values that it had sealed. Otherwise it fails with a
 * StartupError that says what this would delete.
 */
export async function establishSecretKey(sql: RawSql, settings: Settings, log: Log): Promise<Buffer> {
  return await transaction(sql, async (tx) => {
    // Servers that start at the same time on an empty database generate one key.
    await tx`lock table installation in share row exclusive mode`
    const db = drizzleOn(tx)
    const [row] = await db.select().from(installation)
    const found = findSecretKey(settings.dataDir, settings)
    if (row && found && markOf(found) === row.secretKeyMark) return found
    if (row) await deleteSealed(tx, row.secretKeyMark, { settings, log, hasOther: found !== undefined })
    const key = found ?? makeSecretKey(settings.dataDir)
    const secretKeyMark = markOf(key)
    await db
      .insert(installation)
      .values({ secretKeyMark })
      .onConflictDoUpdate({ target: installation.id, set: { secretKeyMark } })
    return key
  })
}

function markOf(key: Buffer): string {
  return createHmac('sha256', key).update('reveille secret key').digest('hex')
}

async function deleteSealed(
  tx: Tx,
  mark: string,
  { settings, log, hasOther }: { settings: Settings; log: Log; hasOther: boolean },
): Promise<void> {
  const db = drizzleOn(tx)
  const secrets = await db.$count(companySecrets)
  const webhooks = await db.$count(notificationWebhooks)
  const alive = await db.$count(servers, and(isNull(servers.endedAt), gt(servers.leaseExpiresAt, now())))
  const name = mark.slice(0, 8)
  if (settings.replaceSecretKey !== name || alive > 0) {
    const path = secretKeyPath(settings.dataDir)
    const wrong = hasOther
      ? `${settings.secretKey ? 'REVEILLE_SECRET_KEY' : path} is not the one this database was set up with`
      : `The secret key this database was set up with is missing: REVEILLE_SECRET_KEY is not set and ${path} does not exist`
    const help = 'restore it from a backup, or copy that of another server (secret.key in its data directory)'
    const wayOut =
      alive > 0
        ? 'Servers that have it are running on this database.'
        : `If it is permanently lost, start once with REVEILLE_REPLACE_SECRET_KEY=${name}: that deletes ${secrets} stored secrets and ${webhooks} webhooks, which cannot be read without it and have to be set again, and revokes the tokens that were created with REVEILLE_TOKEN.`
    throw new StartupError(`${wrong}: ${help}. ${wayOut}`)
  }
  for (const sealed of [companySecrets, formerSecrets, runResults, notificationWebhooks]) await db.delete(sealed)
  log.warn({ secrets, webhooks }, 'the secret key was replaced: all values that the lost one had sealed were deleted')
}
