import type { Executor } from '@/db/client'

/**
 * A moment on the database's clock before which nothing is committed any more: what is written carries the time its
 * transaction began, so the oldest one still open bounds it. Somebody's forgotten reading session does not count.
 */
export async function settledUntil(sql: Executor): Promise<Date> {
  const [row] = await sql<[{ at: Date }]>`
    select least(now(), min(xact_start)) - interval '1 second' as at from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and (backend_xid is not null or xact_start > now() - interval '1 minute')`
  return row.at
}

/**
 * Takes the mark of a background work for this transaction: how far it has come, from `begin` on when it is new. null
 * while another server is at it.
 */
export async function takeMark(tx: Executor, name: string, begin: Date): Promise<Date | null> {
  await tx`insert into background_marks (name, at) values (${name}, ${begin}) on conflict do nothing`
  const [mark] = await tx<{ at: Date }[]>`
    select at from background_marks where name = ${name} for update skip locked`
  return mark?.at ?? null
}

export async function moveMark(tx: Executor, name: string, at: Date): Promise<void> {
  await tx`update background_marks set at = ${at} where name = ${name}`
}
