import type { RawSql } from '@/db/client'

const most = 10_000
const remembered = new WeakMap<RawSql, Map<string, string>>()

/** The company of an agent, or null where there is no such agent. */
export async function companyOf(sql: RawSql, agentId: string): Promise<string | null> {
  const [found] = await sql<{ companyId: string }[]>`select company_id from agents where id = ${agentId}`
  return found?.companyId ?? null
}

/** The same without asking each time: an agent never changes its company. It may be gone by now, with its company. */
export async function rememberedCompanyOf(sql: RawSql, agentId: string): Promise<string | null> {
  const known = remembered.get(sql) ?? new Map<string, string>()
  remembered.set(sql, known)
  const companyId = known.get(agentId) ?? (await companyOf(sql, agentId))
  if (companyId !== null && known.size < most) known.set(agentId, companyId)
  return companyId
}
