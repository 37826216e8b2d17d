import { eq } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Executor } from '@/db/client'
import { drizzleOn, type QueryBuilder } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { agentApiKeys, agents, companies, invitations, memberships, people, personalTokens } from '@/db/schema'
import { uuid } from '@/server/domain/ids'

type Reference = { type: string; id: string | null }
type Named = { id: string; name: string }

/** The types of actors and subjects that have names; the others are shown by their id. */
const lookups: Record<string, (db: QueryBuilder, ids: string[]) => PromiseLike<Named[]>> = {
  agent: (db, ids) => selectNames(db, agents, ids),
  company: (db, ids) => selectNames(db, companies, ids),
  key: (db, ids) => selectNames(db, agentApiKeys, ids),
  token: (db, ids) => selectNames(db, personalTokens, ids),
  person: (db, ids) => selectNames(db, people, ids),
  member: (db, ids) => selectMemberNames(db, ids),
}

/** The current name of each reference; null for one that has no name or was removed. */
export async function lookUpNames(
  sql: Executor,
  references: readonly Reference[],
): Promise<(reference: Reference) => string | null> {
  const byType = await Promise.all(
    Object.entries(lookups).map(async ([type, lookUp]) => {
      const ids = new Set(references.flatMap((reference) => (reference.type === type ? (reference.id ?? []) : [])))
      const uuids = [...ids].filter((id) => uuid.safeParse(id).success)
      const named = uuids.length > 0 ? await lookUp(drizzleOn(sql), uuids) : []
      return [type, new Map(named.map(({ id, name }) => [id, name]))] as const
    }),
  )
  const names = new Map(byType)
  return ({ type, id }) => names.get(type)?.get(id ?? '') ?? null
}

type NamedTable = typeof agents | typeof companies | typeof agentApiKeys | typeof personalTokens | typeof people

function selectNames(db: QueryBuilder, table: NamedTable, ids: string[]) {
  return db.select({ id: table.id, name: table.name }).from(table).where(equalsAny(table.id, ids))
}

/** A member is an invitation until it is accepted. */
function selectMemberNames(db: QueryBuilder, ids: string[]) {
  const invited = db
    .select({ id: invitations.id, name: invitations.email })
    .from(invitations)
    .where(equalsAny(invitations.id, ids))
  const joined = db
    .select({ id: memberships.id, name: people.name })
    .from(memberships)
    .innerJoin(people, eq(people.id, memberships.personId))
    .where(equalsAny(memberships.id, ids))
  return unionAll(invited, joined)
}
