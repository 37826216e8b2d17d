import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import type { Caller } from '@/server/activity/by'
import { type By, recordActivity } from '@/server/activity/record'
import { notFound } from '@/server/domain/errors'
import type { Actor } from './actor'
import { isLastUseStale } from './last-use'
import { newToken, tokenHash } from './tokens'

const sessionDays = 30
/** The newest of a person, which are as many as are listed; a further one ends the oldest. */
const mostSessions = 200
export const sessionSeconds = sessionDays * 86_400

export type Session = {
  id: string
  address: string | null
  userAgent: string | null
  createdAt: Date
  lastUsedAt: Date | null
  expiresAt: Date
}

/** Signs a browser in for 30 days; where it calls from tells it apart in the list; answers what its cookie holds. */
export async function createSession(
  sql: Executor,
  personId: string,
  browser?: Caller,
  how: { byLink: boolean } = { byLink: false },
): Promise<string> {
  const session = newToken('rvs_')
  await sql`
    delete from sessions where token_hash in (
      select token_hash from sessions where person_id = ${personId} order by created_at desc, id desc
      offset ${mostSessions - 1} limit 100)`
  const from = { address: browser?.address ?? null, userAgent: browser?.userAgent ?? null }
  const [{ id }] = await sql<[{ id: string }]>`
    insert into sessions (token_hash, person_id, address, user_agent, by_link, expires_at)
    values (${tokenHash(session)}, ${personId}, ${from.address}, ${from.userAgent}, ${how.byLink},
      now() + ${sessionDays} * interval '1 day')
    returning id`
  const by = { type: 'user', id: personId, from: { ...from, via: 'person', viaId: id } } as const
  await recordActivity(sql, { companyId: null, by, action: 'session.create', subject: { type: 'session', id } })
  return session
}

export async function findSession(sql: Executor, session: string): Promise<Actor | null> {
  const [found] = await sql<
    { sessionId: string; personId: string; name: string; isOwner: boolean; isStale: boolean }[]
  >`
    select s.id as session_id, p.id as person_id, p.name, p.installation_owner as is_owner,
      ${isLastUseStale(sql, 's')} as is_stale
    from sessions s join people p on p.id = s.person_id
    where s.token_hash = ${tokenHash(session)} and s.expires_at > now()`
  if (!found) return null
  const { isStale, ...person } = found
  if (isStale) await sql`update sessions set last_used_at = now() where id = ${person.sessionId}`
  return { kind: 'person', ...person, scope: null }
}

/** The newest 200 that are signed in. */
export async function listSessions(sql: RawSql, personId: string): Promise<Session[]> {
  return await sql<Session[]>`
    select id, address, user_agent, created_at, last_used_at, expires_at from sessions
    where person_id = ${personId} and expires_at > now() order by created_at desc, id desc limit ${mostSessions}`
}

export async function endSession(sql: RawSql, by: By, personId: string, sessionId: string): Promise<void> {
  await transaction(sql, async (tx) => {
    const [ended] = await tx`delete from sessions where id = ${sessionId} and person_id = ${personId} returning id`
    if (!ended) throw notFound('session')
    const subject = { type: 'session', id: sessionId } as const
    await recordActivity(tx, { companyId: null, by, action: 'session.end', subject })
  })
}

export async function signOutEverywhere(sql: RawSql, by: By, personId: string): Promise<void> {
  await transaction(sql, async (tx) => {
    await endSessions(tx, personId, null)
    const subject = { type: 'person', id: personId } as const
    await recordActivity(tx, { companyId: null, by, action: 'session.endAll', subject })
  })
}

/** Ends every session of a person, but the one that is kept. */
export async function endSessions(sql: Executor, personId: string, keptId: string | null): Promise<void> {
  await sql`delete from sessions where person_id = ${personId} and id is distinct from ${keptId}`
}

/** Signing out of what is signed in no more changes nothing. */
export async function signOut(sql: RawSql, session: string, browser: Caller): Promise<void> {
  await transaction(sql, async (tx) => {
    const [ended] = await tx<{ id: string; personId: string }[]>`
      delete from sessions where token_hash = ${tokenHash(session)} returning id, person_id`
    if (!ended) return
    const by = { type: 'user', id: ended.personId, from: { ...browser, via: 'person', viaId: ended.id } } as const
    const subject = { type: 'session', id: ended.id } as const
    await recordActivity(tx, { companyId: null, by, action: 'session.signOut', subject })
  })
}
