import { eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { agents } from '@/db/schema'

const most = 10_000
const remembered = new WeakMap<RawSql, Map<string, string>>()

/** The company of an agent, or null when the agent does not exist. */
export async function companyOf(sql: RawSql, agentId: string): Promise<string | null> {
  const [found] = await drizzleOn(sql)
    .select({ companyId: agents.companyId })
    .from(agents)
    .where(eq(agents.id, agentId))
  return found?.companyId ?? null
}

/** The same from memory: an agent never changes its company. Both may have been removed since. */
export async function rememberedCompanyOf(sql: RawSql, agentId: string): Promise<string | null> {
  const known = remembered.get(sql) ?? new Map<string, string>()
  remembered.set(sql, known)
  const companyId = known.get(agentId) ?? (await companyOf(sql, agentId))
  if (companyId !== null && known.size < most) known.set(agentId, companyId)
  return companyId
}
