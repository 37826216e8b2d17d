import { asc, inArray, type SQL } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { Executor } from './client'
import { drizzleOn } from './drizzle'

/**
 * Deletes up to `limit` rows that meet a condition and that no other transaction has locked. `key` is the primary key.
 * A CTE chooses the rows once; a subquery with a limit may run again for each row, and then chooses further ones.
 */
export async function removeRows(
  sql: Executor,
  key: PgColumn,
  { where, limit, orderBy }: { where: SQL | undefined; limit: number; orderBy?: PgColumn },
): Promise<number> {
  const db = drizzleOn(sql)
  const chosen = db
    .select({ key })
    .from(key.table)
    .where(where)
    .orderBy(...(orderBy ? [asc(orderBy)] : []))
    .limit(limit)
    .for('update', { skipLocked: true })
  const old = db.$with('old').as(chosen)
  const removed = await db
    .with(old)
    .delete(key.table)
    .where(inArray(key, db.select({ key: old.key }).from(old)))
    .returning({ key })
  return removed.length
}
