import { and, eq, ne } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { jsonField } from '@/db/expressions'
import { agents } from '@/db/schema'
import { secretEntries, secretNameOf } from './references'

export type SecretUser = Pick<typeof agents.$inferSelect, 'id' | 'name'>

/** The agents of a company whose `env` or headers refer to secrets, by the name of the secret; each list by the agent's name. */
export async function secretUsers(sql: Executor, companyId: string): Promise<Map<string, SecretUser[]>> {
  const { id, name, adapterConfig, status } = agents
  const rows = await drizzleOn(sql)
    .select({ id, name, env: jsonField(adapterConfig, 'env'), headers: jsonField(adapterConfig, 'headers') })
    .from(agents)
    .where(and(eq(agents.companyId, companyId), ne(status, 'terminated')))
    .orderBy(name)
  const users = new Map<string, SecretUser[]>()
  for (const { id, name, ...config } of rows) {
    const used = new Set(secretEntries(config).flatMap((entry) => secretNameOf(entry.value) ?? []))
    for (const secret of used) users.set(secret, [...(users.get(secret) ?? []), { id, name }])
  }
  return users
}
