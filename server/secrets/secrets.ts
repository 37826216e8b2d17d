import { and, eq, gt } from 'drizzle-orm'
import type { Executor, RawSql, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { companySecrets, formerSecrets } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { ApiError, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import type { Page } from '@/server/domain/page'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { seal } from './seal'
import { type SecretUser, secretUsers } from './secret-users'

export type StoredSecret = Pick<typeof companySecrets.$inferSelect, 'name' | 'createdAt' | 'updatedAt'>
export type Secret = StoredSecret & { usedBy: SecretUser[] }

/** Names and users, never values, ordered by name; `after` is the last name of the page before. */
export async function listSecrets(
  sql: Executor,
  companyId: CompanyId,
  { limit = 1000, after = '' }: { limit?: number; after?: string | null } = {},
): Promise<Page<Secret>> {
  const { name, createdAt, updatedAt } = companySecrets
  const secrets = await drizzleOn(sql)
    .select({ name, createdAt, updatedAt })
    .from(companySecrets)
    .where(and(eq(companySecrets.companyId, companyId), gt(name, after ?? '')))
    .orderBy(name)
    .limit(limit + 1)
  const users = await secretUsers(sql, companyId)
  const items = secrets.slice(0, limit).map((secret) => ({ ...secret, usedBy: users.get(secret.name) ?? [] }))
  return { items, nextCursor: secrets.length > limit ? (items.at(-1)?.name ?? null) : null }
}

/** Sets or replaces a value; agents that use it get the new one with their next run. */
export async function setSecret(
  sql: RawSql,
  by: AuditActor,
  secretKey: Buffer,
  secret: { companyId: CompanyId; name: string; value: string },
): Promise<StoredSecret> {
  return await transaction(sql, async (tx) => {
    const stored = await storeSecret(tx, secretKey, secret)
    const subject = { type: 'secret', id: secret.name } as const
    await recordActivity(tx, { companyId: secret.companyId, by, action: 'secret.set', subject })
    return stored
  })
}

/** Runs that started with the former value still know it: it is kept, sealed, until they have ended, so as to redact it. */
export async function storeSecret(
  tx: Tx,
  secretKey: Buffer,
  secret: { companyId: string; name: string; value: string },
): Promise<StoredSecret> {
  const { companyId, name, sealedValue, createdAt, updatedAt } = companySecrets
  const db = drizzleOn(tx)
  const [former] = await db
    .select({ companyId, name, sealedValue })
    .from(companySecrets)
    .where(isSecret(secret))
    .for('update')
  if (former) await db.insert(formerSecrets).values(former)
  const sealed = seal(secretKey, secret, secret.value)
  return onlyRow(
    await db
      .insert(companySecrets)
      .values({ companyId: secret.companyId, name: secret.name, sealedValue: sealed })
      .onConflictDoUpdate({ target: [companyId, name], set: { sealedValue: sealed, updatedAt: now() } })
      .returning({ name, createdAt, updatedAt }),
  )
}

/** Errors: `in_use`, naming the agents. */
export async function removeSecret(
  sql: RawSql,
  by: AuditActor,
  companyId: CompanyId,
  name: string,
): Promise<{ name: string }> {
  return await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const { id } = companySecrets
    const [secret] = await db.select({ id }).from(companySecrets).where(isSecret({ companyId, name })).for('update')
    if (!secret) throw notFound('secret')
    const users = (await secretUsers(tx, companyId)).get(name) ?? []
    if (users.length > 0) {
      const names = users.map((user) => user.name).join(', ')
      throw new ApiError('in_use', `The secret ${name} is used by ${names}. Remove it from their configuration first.`)
    }
    await db.delete(companySecrets).where(eq(id, secret.id))
    await recordActivity(tx, { companyId, by, action: 'secret.remove', subject: { type: 'secret', id: name } })
    return { name }
  })
}

function isSecret({ companyId, name }: { companyId: string; name: string }) {
  return and(eq(companySecrets.companyId, companyId), eq(companySecrets.name, name))
}
