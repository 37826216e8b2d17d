import { and, count, eq, gt, isNull, ne } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { ifElse, millisecondsFromNow, now } from '@/db/expressions'
import { servers } from '@/db/schema'
import type { Identity } from './lease'

export async function insertLease(
  sql: RawSql,
  row: Identity & { id: string; draining: boolean; leaseMs: number },
): Promise<void> {
  const { leaseMs, ...server } = row
  await drizzleOn(sql)
    .insert(servers)
    .values({ ...server, leaseExpiresAt: millisecondsFromNow(leaseMs) })
}

/**
 * Renews the lease and returns the number of other live servers; undefined if the lease has ended. If there are no others,
 * `alone_until` is set to `aloneMs` from now; otherwise an earlier value is kept as long as the server still counts itself
 * as alone (`isAlone`).
 */
export async function renewLease(
  sql: RawSql,
  id: string,
  given: { leaseMs: number; aloneMs: number | null; isAlone: boolean; draining: boolean },
): Promise<number | undefined> {
  const { leaseMs, aloneMs, isAlone, draining } = given
  const db = drizzleOn(sql)
  const found = db
    .select({ others: count().as('others') })
    .from(servers)
    .where(and(ne(servers.id, id), isNull(servers.endedAt), gt(servers.leaseExpiresAt, now())))
    .as('found')
  const unchanged = isAlone ? servers.aloneUntil : null
  const aloneUntil = aloneMs === null ? null : ifElse(eq(found.others, 0), millisecondsFromNow(aloneMs), unchanged)
  const [renewed] = await db
    .update(servers)
    .set({ renewedAt: now(), leaseExpiresAt: millisecondsFromNow(leaseMs), draining, aloneUntil })
    .from(found)
    .where(and(eq(servers.id, id), isNull(servers.endedAt)))
    .returning({ others: found.others })
  return renewed?.others
}

/** Does nothing if the lease has already ended. */
export async function endLease(sql: RawSql, id: string, { lost }: { lost: boolean }): Promise<void> {
  await drizzleOn(sql)
    .update(servers)
    .set({ endedAt: now(), lost })
    .where(and(eq(servers.id, id), isNull(servers.endedAt)))
}

export async function markDraining(sql: RawSql, id: string): Promise<void> {
  await drizzleOn(sql).update(servers).set({ draining: true }).where(eq(servers.id, id))
}
