import { eq } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { backgroundMarks } from '@/db/schema'

/**
 * A time on the database's clock before which no more rows are committed: rows carry the time at which their transaction
 * began, so the oldest open transaction is the bound. A transaction that only reads does not count, even if it stays open.
 */
export async function settledUntil(sql: Executor): Promise<Date> {
  const [row] = await sql<[{ at: Date }]>`
    select least(now(), min(xact_start)) - interval '1 second' as at from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and (backend_xid is not null or xact_start > now() - interval '1 minute')`
  return row.at
}

/**
 * Locks the mark of a background job for this transaction and returns its time, which is `begin` for a new one;
 * null while another server holds the lock.
 */
export async function lockMark(tx: Executor, name: string, begin: Date): Promise<Date | null> {
  const db = drizzleOn(tx)
  await db.insert(backgroundMarks).values({ name, at: begin }).onConflictDoNothing()
  const [mark] = await db
    .select({ at: backgroundMarks.at })
    .from(backgroundMarks)
    .where(eq(backgroundMarks.name, name))
    .for('update', { skipLocked: true })
  return mark?.at ?? null
}

export async function moveMark(tx: Executor, name: string, at: Date): Promise<void> {
  await drizzleOn(tx).update(backgroundMarks).set({ at }).where(eq(backgroundMarks.name, name))
}
