import { and, desc, eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { coalesce, now, rowBefore } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { agentApiKeys } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import { newToken, tokenHash } from '@/server/identity/access/tokens'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'

const { id, name, prefix, createdAt, lastUsedAt, revokedAt } = agentApiKeys
const keyColumns = { id, name, prefix, createdAt, lastUsedAt, revokedAt }

/** `prefix` holds the first characters of the token, to tell keys apart. */
export type AgentKey = Pick<typeof agentApiKeys.$inferSelect, keyof typeof keyColumns>

type KeyOwner = { agentId: string; companyId: CompanyId }

/** Newest first. */
export async function listKeys(
  sql: RawSql,
  { agentId }: KeyOwner,
  { limit = 200, cursor }: { limit?: number; cursor?: PageCursor | null } = {},
): Promise<Page<AgentKey>> {
  const olderThanCursor = cursor ? rowBefore([createdAt, id], [cursor.at, cursor.id]) : undefined
  const rows = await drizzleOn(sql)
    .select(keyColumns)
    .from(agentApiKeys)
    .where(and(eq(agentApiKeys.agentId, agentId), olderThanCursor))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit + 1)
  return pageOf(rows, limit, (key) => key.createdAt)
}

/** The token is only in this answer: the database stores its hash. */
export async function createKey(
  sql: RawSql,
  by: AuditActor,
  owner: KeyOwner,
  name: string,
): Promise<AgentKey & { token: string }> {
  const token = newToken('rva_')
  return await transaction(sql, async (tx) => {
    const key = onlyRow(
      await drizzleOn(tx)
        .insert(agentApiKeys)
        .values({ ...owner, name, prefix: token.slice(0, 10), tokenHash: tokenHash(token) })
        .returning(keyColumns),
    )
    await recordActivity(tx, {
      companyId: owner.companyId,
      by,
      action: 'agent.createKey',
      subject: { type: 'key', id: key.id },
    })
    return { ...key, token }
  })
}

export async function revokeKey(sql: RawSql, by: AuditActor, owner: KeyOwner, keyId: string): Promise<AgentKey> {
  return await transaction(sql, async (tx) => {
    const [key] = await drizzleOn(tx)
      .update(agentApiKeys)
      .set({ revokedAt: coalesce(revokedAt, now()) })
      .where(and(eq(id, keyId), eq(agentApiKeys.agentId, owner.agentId)))
      .returning(keyColumns)
    if (!key) throw notFound('key')
    await recordActivity(tx, {
      companyId: owner.companyId,
      by,
      action: 'agent.revokeKey',
      subject: { type: 'key', id: key.id },
    })
    return key
  })
}
