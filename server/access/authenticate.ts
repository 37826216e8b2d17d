import { createHash, timingSafeEqual } from 'node:crypto'
import type { RawSql } from '@/db/client'
import { Failure } from '@/server/domain/errors'
import type { Actor } from './actor'
import { readRunToken } from './run-token'
import { tokenHash } from './tokens'

export type Credentials = { bearer: string | null; session: string | null }
export type AccessSettings = { sql: RawSql; secretKey: Buffer; operatorToken: string | undefined }

export const sessionCookie = 'reveille_session'

/** Who these credentials belong to, or null where there are none. A bearer that is not good is an error, never nobody. */
export async function authenticate(settings: AccessSettings, credentials: Credentials): Promise<Actor | null> {
  if (credentials.bearer !== null) {
    const actor = await bearerActor(settings, credentials.bearer)
    if (!actor) throw new Failure('unauthenticated', 'This token is not valid, or not any more.')
    return actor
  }
  return credentials.session === null ? null : await sessionActor(settings.sql, credentials.session)
}

/** `Bearer TOKEN` → TOKEN; another scheme is a token that is not valid. */
export function bearerOf(header: string | undefined): string | null {
  if (header === undefined) return null
  return /^Bearer\s+(\S+)\s*$/i.exec(header)?.[1] ?? ''
}

export function sessionOf(cookieHeader: string | undefined): string | null {
  for (const pair of (cookieHeader ?? '').split(';')) {
    const [name, value] = pair.trim().split('=')
    if (name === sessionCookie && value) return value
  }
  return null
}

async function bearerActor({ sql, secretKey, operatorToken }: AccessSettings, token: string): Promise<Actor | null> {
  if (operatorToken !== undefined && isSame(token, operatorToken)) return { kind: 'operator_token' }
  const runId = readRunToken(secretKey, token)
  if (runId) return await runActor(sql, runId)
  const [key] = await sql<{ keyId: string; agentId: string; companyId: string }[]>`
    update agent_api_keys k set last_used_at = now() from agents a
    where k.token_hash = ${tokenHash(token)} and k.revoked_at is null and a.id = k.agent_id and a.status <> 'terminated'
    returning k.id as key_id, k.agent_id, k.company_id`
  return key ? { kind: 'agent', ...key } : null
}

async function runActor(sql: RawSql, runId: string): Promise<Actor | null> {
  const [run] = await sql<{ agentId: string; companyId: string }[]>`
    select agent_id, company_id from heartbeat_runs where id = ${runId} and status = 'running'`
  return run ? { kind: 'run', runId, ...run } : null
}

async function sessionActor(sql: RawSql, session: string): Promise<Actor | null> {
  const [person] = await sql<{ personId: string; name: string; isOwner: boolean }[]>`
    select p.id as person_id, p.name, p.installation_owner as is_owner
    from sessions s join people p on p.id = s.person_id
    where s.token_hash = ${tokenHash(session)} and s.expires_at > now()`
  return person ? { kind: 'person', ...person } : null
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
