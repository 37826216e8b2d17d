import { createHash, timingSafeEqual } from 'node:crypto'
import { and, eq, isNull, ne } from 'drizzle-orm'
import type { Executor, RawSql } from '@/db/client'
import { drizzleOn, prepared } from '@/db/drizzle'
import { now } from '@/db/expressions'
import { agentApiKeys, agents, heartbeatRuns } from '@/db/schema'
import { ApiError } from '@/server/domain/errors'
import { headerText } from '@/server/platform/header-text'
import type { Actor } from './actor'
import { findPersonalToken, personalTokenPrefix } from './find-personal-token'
import { isLastUseStale } from './last-use'
import { readRunToken } from './run-token'
import { findSession } from './sessions'
import { tokenHash } from './tokens'

export type Credentials = { bearer: string | null; session: string | null }
export type AccessSettings = { sql: RawSql; secretKey: Buffer; operatorToken: string | undefined }
/** The same on a connection that may be in a transaction. */
export type AccessLookup = Omit<AccessSettings, 'sql'> & { sql: Executor }

export const sessionCookie = 'reveille_session'

/** The actor of these credentials; null without credentials or with an ended session. Errors: `unauthenticated` for an invalid bearer token. */
export async function authenticate(settings: AccessLookup, credentials: Credentials): Promise<Actor | null> {
  if (credentials.bearer !== null) {
    const actor = await bearerActor(settings, credentials.bearer)
    if (!actor) throw new ApiError('unauthenticated', 'This token is not valid, or no longer valid.')
    return actor
  }
  return credentials.session === null ? null : await findSession(settings.sql, credentials.session)
}

/** `Bearer TOKEN` → TOKEN; any other scheme becomes an invalid token. */
export function bearerOf(header: string | undefined): string | null {
  if (header === undefined) return null
  return /^Bearer\s+(\S+)\s*$/i.exec(headerText(header))?.[1] ?? ''
}

export function sessionOf(cookieHeader: string | undefined): string | null {
  for (const pair of (cookieHeader ?? '').split(';')) {
    const [name, value] = pair.trim().split('=')
    if (name === sessionCookie && value) return value
  }
  return null
}

async function bearerActor(settings: AccessLookup, token: string): Promise<Actor | null> {
  const { sql, secretKey, operatorToken } = settings
  if (operatorToken !== undefined && isSame(token, operatorToken)) return { kind: 'operator_token', scope: null }
  const runId = readRunToken(secretKey, token)
  if (runId) return await runActor(sql, runId)
  if (token.startsWith(personalTokenPrefix)) return await findPersonalToken(settings, token)
  return await agentActor(sql, token)
}

const findKey = prepared(['hash'], (db, { hash }) => {
  const { id: keyId, agentId, companyId, tokenHash, revokedAt, lastUsedAt } = agentApiKeys
  return db
    .select({ keyId, agentId, companyId, isStale: isLastUseStale(lastUsedAt) })
    .from(agentApiKeys)
    .innerJoin(agents, eq(agents.id, agentId))
    .where(and(eq(tokenHash, hash), isNull(revokedAt), ne(agents.status, 'terminated')))
})

async function agentActor(sql: Executor, token: string): Promise<Actor | null> {
  const [key] = await findKey(sql, { hash: tokenHash(token) })
  if (!key) return null
  const { isStale, ...found } = key
  if (isStale) {
    await drizzleOn(sql).update(agentApiKeys).set({ lastUsedAt: now() }).where(eq(agentApiKeys.id, found.keyId))
  }
  return { kind: 'agent', ...found }
}

const findRunning = prepared(['runId'], (db, { runId }) =>
  db
    .select({ agentId: heartbeatRuns.agentId, companyId: heartbeatRuns.companyId })
    .from(heartbeatRuns)
    .where(and(eq(heartbeatRuns.id, runId), eq(heartbeatRuns.status, 'running'))),
)

async function runActor(sql: Executor, runId: string): Promise<Actor | null> {
  const [run] = await findRunning(sql, { runId })
  return run ? { kind: 'run', runId, ...run } : null
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
