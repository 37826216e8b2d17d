import { isDeepStrictEqual } from 'node:util'
import { and, asc, desc, eq, getTableColumns, inArray, lt, lte } from 'drizzle-orm'
import type { Executor, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { cast } from '@/db/expressions'
import { agentRevisions, people } from '@/db/schema'
import type { AuditActor } from '@/server/identity/activity/record'
import type { Agent } from './queries'

const { companyId: _companyId, ...columns } = getTableColumns(agentRevisions)

export type Revision = Pick<typeof agentRevisions.$inferSelect, keyof typeof columns> & { actorName: string | null }

/** The number kept per agent. Each new revision removes some of the older ones. */
const keptRevisions = 200
const removedAtOnce = 20

/**
 * Stores the agent's configuration as its next revision, numbered from 1, unless it equals the last one. The caller has
 * locked the agent's row.
 */
export async function recordRevision(tx: Tx, by: AuditActor, agent: Agent): Promise<void> {
  const db = drizzleOn(tx)
  const agentId = agent.id
  const [last] = await db
    .select()
    .from(agentRevisions)
    .where(eq(agentRevisions.agentId, agentId))
    .orderBy(desc(agentRevisions.number))
    .limit(1)
  const configuration = configurationOf(agent)
  if (last && isDeepStrictEqual(configurationOf(last), configuration)) return
  const number = (last?.number ?? 0) + 1
  await db
    .insert(agentRevisions)
    .values({ ...configuration, companyId: agent.companyId, agentId, number, actorType: by.type, actorId: by.id })
  await removeOldRevisions(tx, agentId, number - keptRevisions)
}

type Configuration = Pick<
  typeof agentRevisions.$inferSelect,
  'name' | 'adapterType' | 'adapterConfig' | 'runtimeConfig' | 'budgetMonthlyMicros'
>

function configurationOf(source: Configuration): Configuration {
  const { name, adapterType, adapterConfig, runtimeConfig, budgetMonthlyMicros } = source
  return { name, adapterType, adapterConfig, runtimeConfig, budgetMonthlyMicros }
}

async function removeOldRevisions(tx: Tx, agentId: string, upTo: number): Promise<void> {
  const db = drizzleOn(tx)
  const oldest = db
    .select({ id: agentRevisions.id })
    .from(agentRevisions)
    .where(and(eq(agentRevisions.agentId, agentId), lte(agentRevisions.number, upTo)))
    .orderBy(asc(agentRevisions.number))
    .limit(removedAtOnce)
  await db.delete(agentRevisions).where(inArray(agentRevisions.id, oldest))
}

/** Newest first; `nextCursor` goes into `cursor` for the next page. */
export async function listRevisions(
  sql: Executor,
  { agentId, cursor, limit }: { agentId: string; cursor?: number | null; limit: number },
): Promise<{ items: Revision[]; nextCursor: number | null }> {
  const rows = await drizzleOn(sql)
    .select({ ...columns, actorName: people.name })
    .from(agentRevisions)
    .leftJoin(people, eq(cast(people.id, 'text'), agentRevisions.actorId))
    .where(and(eq(agentRevisions.agentId, agentId), cursor ? lt(agentRevisions.number, cursor) : undefined))
    .orderBy(desc(agentRevisions.number))
    .limit(limit + 1)
  const items = rows.slice(0, limit)
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.number ?? null) : null }
}
