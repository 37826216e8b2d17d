import type { RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { newToken, tokenHash } from '@/server/access/tokens'
import { type By, recordActivity } from '@/server/activity/record'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'

export type AgentKey = {
  id: string
  name: string
  /** The first characters of the token, to tell keys apart. */
  prefix: string
  createdAt: Date
  lastUsedAt: Date | null
  revokedAt: Date | null
}

type Whose = { agentId: string; companyId: CompanyId }

/** Newest first. */
export async function listKeys(
  sql: RawSql,
  { agentId }: Whose,
  { limit = 200, cursor }: { limit?: number; cursor?: PageCursor | null } = {},
): Promise<Page<AgentKey>> {
  const rows = await sql<AgentKey[]>`
    select id, name, prefix, created_at, last_used_at, revoked_at
    from agent_api_keys where agent_id = ${agentId}
      and ${cursor ? sql`(created_at, id) < (${cursor.at}, ${cursor.id})` : sql`true`}
    order by created_at desc, id desc limit ${limit + 1}`
  return pageOf(rows, limit, (key) => key.createdAt)
}

/** The token is in this answer and nowhere else: only its hash is stored. */
export async function createKey(
  sql: RawSql,
  by: By,
  whose: Whose,
  name: string,
): Promise<AgentKey & { token: string }> {
  const token = newToken('rva_')
  return await transaction(sql, async (tx) => {
    const [key] = await tx<[AgentKey]>`
      insert into agent_api_keys (company_id, agent_id, name, prefix, token_hash)
      values (${whose.companyId}, ${whose.agentId}, ${name}, ${token.slice(0, 10)}, ${tokenHash(token)})
      returning id, name, prefix, created_at, last_used_at, revoked_at`
    await recordActivity(tx, {
      companyId: whose.companyId,
      by,
      action: 'agent.createKey',
      subject: { type: 'key', id: key.id },
    })
    return { ...key, token }
  })
}

export async function revokeKey(sql: RawSql, by: By, whose: Whose, keyId: string): Promise<AgentKey> {
  return await transaction(sql, async (tx) => {
    const [key] = await tx<AgentKey[]>`
      update agent_api_keys set revoked_at = coalesce(revoked_at, now())
      where id = ${keyId} and agent_id = ${whose.agentId}
      returning id, name, prefix, created_at, last_used_at, revoked_at`
    if (!key) throw notFound('key')
    await recordActivity(tx, {
      companyId: whose.companyId,
      by,
      action: 'agent.revokeKey',
      subject: { type: 'key', id: key.id },
    })
    return key
  })
}
