import { createHash, timingSafeEqual } from 'node:crypto'
import type { Executor, RawSql } from '@/db/client'
import { Failure } from '@/server/domain/errors'
import { headerText } from '@/server/network/header-text'
import type { Actor } from './actor'
import { isLastUseStale } from './last-use'
import { findPersonalToken, personalTokenPrefix } from './personal-tokens'
import { readRunToken } from './run-token'
import { findSession } from './sessions'
import { tokenHash } from './tokens'

export type Credentials = { bearer: string | null; session: string | null }
export type AccessSettings = { sql: RawSql; secretKey: Buffer; operatorToken: string | undefined }
/** The same on a connection that may be in a transaction. */
export type AccessLookup = Omit<AccessSettings, 'sql'> & { sql: Executor }

export const sessionCookie = 'reveille_session'

/** Who these credentials belong to, or null where there are none. A bearer that is not good is an error, never nobody. */
export async function authenticate(settings: AccessLookup, credentials: Credentials): Promise<Actor | null> {
  if (credentials.bearer !== null) {
    const actor = await bearerActor(settings, credentials.bearer)
    if (!actor) throw new Failure('unauthenticated', 'This token is not valid, or not any more.')
    return actor
  }
  return credentials.session === null ? null : await findSession(settings.sql, credentials.session)
}

/** `Bearer TOKEN` → TOKEN; another scheme is a token that is not valid. */
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

async function agentActor(sql: Executor, token: string): Promise<Actor | null> {
  const [key] = await sql<{ keyId: string; agentId: string; companyId: string; isStale: boolean }[]>`
    select k.id as key_id, k.agent_id, k.company_id, ${isLastUseStale(sql, 'k')} as is_stale
    from agent_api_keys k join agents a on a.id = k.agent_id
    where k.token_hash = ${tokenHash(token)} and k.revoked_at is null and a.status <> 'terminated'`
  if (!key) return null
  if (key.isStale) await sql`update agent_api_keys set last_used_at = now() where id = ${key.keyId}`
  return { kind: 'agent', keyId: key.keyId, agentId: key.agentId, companyId: key.companyId }
}

async function runActor(sql: Executor, runId: string): Promise<Actor | null> {
  const [run] = await sql<{ agentId: string; companyId: string }[]>`
    select agent_id, company_id from heartbeat_runs where id = ${runId} and status = 'running'`
  return run ? { kind: 'run', runId, ...run } : null
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
