import { eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { prepared } from '@/db/drizzle'
import { agents } from '@/db/schema'

const maxCached = 10_000
const caches = new WeakMap<RawSql, Map<string, string>>()

const findCompany = prepared(['agentId'], (db, { agentId }) =>
  db.select({ companyId: agents.companyId }).from(agents).where(eq(agents.id, agentId)),
)

/** The company of an agent, or null when the agent does not exist. */
export async function companyOf(sql: RawSql, agentId: string): Promise<string | null> {
  const [found] = await findCompany(sql, { agentId })
  return found?.companyId ?? null
}

/** The same, cached: an agent never changes its company. Both may have been removed since. */
export async function cachedCompanyOf(sql: RawSql, agentId: string): Promise<string | null> {
  const cache = caches.get(sql) ?? new Map<string, string>()
  caches.set(sql, cache)
  const companyId = cache.get(agentId) ?? (await companyOf(sql, agentId))
  if (companyId !== null && cache.size < maxCached) cache.set(agentId, companyId)
  return companyId
}
