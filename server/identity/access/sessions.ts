import { and, desc, eq, gt, inArray, ne } from 'drizzle-orm'
import type { Executor, RawSql } from '@/db/client'
import { drizzleOn, prepared } from '@/db/drizzle'
import { millisecondsFromNow, now } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { people, sessions } from '@/db/schema'
import { transaction } from '@/db/transaction'
import { notFound } from '@/server/domain/errors'
import type { Caller } from '@/server/identity/activity/audit-actor'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import type { Actor } from './actor'
import { isLastUseStale } from './last-use'
import { newToken, tokenHash } from './tokens'

/** Sessions per person: all of them are listed, and one more ends the oldest. */
const mostSessions = 200
export const sessionSeconds = 30 * 86_400

export type Session = Pick<
  typeof sessions.$inferSelect,
  'id' | 'address' | 'userAgent' | 'createdAt' | 'lastUsedAt' | 'expiresAt'
>

/** Signs a browser in for 30 days. Returns the token for its cookie. */
export async function createSession(
  sql: Executor,
  personId: string,
  browser?: Caller,
  how: { byLink: boolean } = { byLink: false },
): Promise<string> {
  const session = newToken('rvs_')
  await endOldest(sql, personId)
  const from = { address: browser?.address ?? null, userAgent: browser?.userAgent ?? null }
  const expiresAt = millisecondsFromNow(sessionSeconds * 1000)
  const { id } = onlyRow(
    await drizzleOn(sql)
      .insert(sessions)
      .values({ tokenHash: tokenHash(session), personId, ...from, byLink: how.byLink, expiresAt })
      .returning({ id: sessions.id }),
  )
  const by = { type: 'user', id: personId, from: { ...from, via: 'person', viaId: id } } as const
  await recordActivity(sql, { companyId: null, by, action: 'session.create', subject: { type: 'session', id } })
  return session
}

const findValid = prepared(['hash'], (db, { hash }) =>
  db
    .select({
      sessionId: sessions.id,
      personId: people.id,
      name: people.name,
      isOwner: people.installationOwner,
      isStale: isLastUseStale(sessions.lastUsedAt),
    })
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.personId))
    .where(and(eq(sessions.tokenHash, hash), gt(sessions.expiresAt, now()))),
)

export async function findSession(sql: Executor, session: string): Promise<Actor | null> {
  const [found] = await findValid(sql, { hash: tokenHash(session) })
  if (!found) return null
  const { isStale, ...person } = found
  if (isStale) await drizzleOn(sql).update(sessions).set({ lastUsedAt: now() }).where(eq(sessions.id, person.sessionId))
  return { kind: 'person', ...person, scope: null }
}

/** The sessions that have not expired, newest first: at most 200. */
export async function listSessions(sql: RawSql, personId: string): Promise<Session[]> {
  const { id, address, userAgent, createdAt, lastUsedAt, expiresAt } = sessions
  return await drizzleOn(sql)
    .select({ id, address, userAgent, createdAt, lastUsedAt, expiresAt })
    .from(sessions)
    .where(and(eq(sessions.personId, personId), gt(expiresAt, now())))
    .orderBy(desc(createdAt), desc(id))
    .limit(mostSessions)
}

export async function endSession(sql: RawSql, by: AuditActor, personId: string, sessionId: string): Promise<void> {
  await transaction(sql, async (tx) => {
    const { id } = sessions
    const ended = await drizzleOn(tx)
      .delete(sessions)
      .where(and(eq(id, sessionId), eq(sessions.personId, personId)))
      .returning({ id })
    if (ended.length === 0) throw notFound('session')
    const subject = { type: 'session', id: sessionId } as const
    await recordActivity(tx, { companyId: null, by, action: 'session.end', subject })
  })
}

export async function signOutEverywhere(sql: RawSql, by: AuditActor, personId: string): Promise<void> {
  await transaction(sql, async (tx) => {
    await endSessions(tx, personId, null)
    const subject = { type: 'person', id: personId } as const
    await recordActivity(tx, { companyId: null, by, action: 'session.endAll', subject })
  })
}

/** Ends every session of a person except `keptId`. */
export async function endSessions(sql: Executor, personId: string, keptId: string | null): Promise<void> {
  const others = keptId === null ? undefined : ne(sessions.id, keptId)
  await drizzleOn(sql)
    .delete(sessions)
    .where(and(eq(sessions.personId, personId), others))
}

/** Does nothing where the session has ended already. */
export async function signOut(sql: RawSql, session: string, browser: Caller): Promise<void> {
  await transaction(sql, async (tx) => {
    const [ended] = await drizzleOn(tx)
      .delete(sessions)
      .where(eq(sessions.tokenHash, tokenHash(session)))
      .returning({ id: sessions.id, personId: sessions.personId })
    if (!ended) return
    const by = { type: 'user', id: ended.personId, from: { ...browser, via: 'person', viaId: ended.id } } as const
    const subject = { type: 'session', id: ended.id } as const
    await recordActivity(tx, { companyId: null, by, action: 'session.signOut', subject })
  })
}

/** Makes room for one more session. */
async function endOldest(sql: Executor, ofPersonId: string): Promise<void> {
  const { tokenHash, personId, createdAt, id } = sessions
  const db = drizzleOn(sql)
  const oldest = db
    .select({ tokenHash })
    .from(sessions)
    .where(eq(personId, ofPersonId))
    .orderBy(desc(createdAt), desc(id))
    .offset(mostSessions - 1)
    .limit(100)
  await db.delete(sessions).where(inArray(tokenHash, oldest))
}
