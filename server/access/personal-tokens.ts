import { createHmac } from 'node:crypto'
import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import type { Role } from '@/server/domain/agent-status'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import type { Actor } from './actor'
import type { AccessLookup, AccessSettings } from './authenticate'
import { isLastUseStale } from './last-use'
import { newToken, tokenHash } from './tokens'

export const personalTokenPrefix = 'rvp_'

export type PersonalToken = {
  id: string
  name: string
  /** The first characters of the token, to tell tokens apart. */
  prefix: string
  /** Whose it is; null: of whoever has REVEILLE_TOKEN. */
  personId: string | null
  personName: string | null
  /** null: all companies of its person. */
  companyId: string | null
  companyName: string | null
  /** null: as much as its person may. */
  role: Role | null
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/** Whose tokens are meant: of one person and of the companies they own, or all. */
export type TokenReach = { personId: string; ownedCompanies: CompanyId[] } | 'all'

/** Who a personal token speaks for. One that REVEILLE_TOKEN has made is good only while that very token is set. */
export async function findPersonalToken(
  { sql, secretKey, operatorToken }: AccessLookup,
  token: string,
): Promise<Actor | null> {
  const [found] = await sql<
    {
      tokenId: string
      companyId: string | null
      role: Role | null
      issuerMark: string | null
      personId: string | null
      name: string
      isOwner: boolean
      isStale: boolean
    }[]
  >`
    select t.id as token_id, t.company_id, t.role, t.issuer_mark, t.person_id, p.name,
      p.installation_owner as is_owner, ${isLastUseStale(sql, 't')} as is_stale
    from personal_tokens t left join people p on p.id = t.person_id
    where t.token_hash = ${tokenHash(token)} and t.revoked_at is null
      and coalesce(t.expires_at > now(), true)`
  if (!found) return null
  const { tokenId, companyId, role, personId, name, isOwner } = found
  if (found.issuerMark !== null && found.issuerMark !== issuerMark(secretKey, operatorToken)) return null
  if (found.isStale) await sql`update personal_tokens set last_used_at = now() where id = ${tokenId}`
  const scope = { tokenId, companyId, role }
  if (personId === null) return { kind: 'operator_token', scope }
  return { kind: 'person', personId, name, isOwner, sessionId: null, scope }
}

/** Newest first; revoked and expired ones too. */
export async function listPersonalTokens(
  sql: RawSql,
  reach: TokenReach,
  page: { limit: number; cursor?: PageCursor | null },
): Promise<Page<PersonalToken>> {
  const rows = await sql<PersonalToken[]>`
    ${selectToken(sql)} where ${isWithin(sql, reach)}
      ${page.cursor ? sql`and (t.created_at, t.id) < (${page.cursor.at}, ${page.cursor.id})` : sql``}
    order by t.created_at desc, t.id desc limit ${page.limit + 1}`
  return pageOf(rows, page.limit, (token) => token.createdAt)
}

/** The token is in this answer and nowhere else: only its hash is stored. */
export async function createPersonalToken(
  { sql, secretKey, operatorToken }: AccessSettings,
  by: By,
  given: {
    personId: string | null
    name: string
    companyId: CompanyId | null
    role: Role | null
    expiresAt: Date | null
  },
): Promise<PersonalToken & { token: string }> {
  const token = newToken(personalTokenPrefix)
  const mark = given.personId === null ? issuerMark(secretKey, operatorToken) : null
  return await transaction(sql, async (tx) => {
    const [row] = await tx<[{ id: string }]>`
      insert into personal_tokens (person_id, issuer_mark, name, prefix, token_hash, company_id, role, expires_at)
      values (${given.personId}, ${mark}, ${given.name}, ${token.slice(0, 10)}, ${tokenHash(token)},
        ${given.companyId}, ${given.role}, ${given.expiresAt})
      returning id`
    const { name, companyId, role, expiresAt } = given
    await recordActivity(tx, {
      companyId,
      by,
      action: 'token.create',
      subject: { type: 'token', id: row.id },
      details: { name, role, expiresAt },
    })
    const [made] = await tx<[PersonalToken]>`${selectToken(tx)} where t.id = ${row.id}`
    return { ...made, token }
  })
}

/** Revoking twice is once. Errors: `not_found` for a token out of reach. */
export async function revokePersonalToken(
  sql: RawSql,
  by: By,
  reach: TokenReach,
  tokenId: string,
): Promise<PersonalToken> {
  return await transaction(sql, async (tx) => {
    const [revoked] = await tx<{ id: string; companyId: string | null; name: string }[]>`
      update personal_tokens t set revoked_at = coalesce(revoked_at, now())
      where id = ${tokenId} and ${isWithin(tx, reach)} returning id, company_id, name`
    if (!revoked) throw notFound('token')
    const { companyId, name } = revoked
    const subject = { type: 'token', id: tokenId } as const
    await recordActivity(tx, { companyId, by, action: 'token.revoke', subject, details: { name } })
    const [token] = await tx<[PersonalToken]>`${selectToken(tx)} where t.id = ${tokenId}`
    return token
  })
}

function selectToken(sql: Executor) {
  return sql`
    select t.id, t.name, t.prefix, t.person_id, p.name as person_name, t.company_id, c.name as company_name, t.role,
      t.created_at, t.expires_at, t.last_used_at, t.revoked_at
    from personal_tokens t left join people p on p.id = t.person_id left join companies c on c.id = t.company_id`
}

function isWithin(sql: Executor, reach: TokenReach) {
  if (reach === 'all') return sql`true`
  return sql`(t.person_id = ${reach.personId} or t.company_id = any(${reach.ownedCompanies}))`
}

/** Ties a token to the REVEILLE_TOKEN that made it, without telling that one. */
function issuerMark(secretKey: Buffer, operatorToken: string | undefined): string {
  return createHmac('sha256', secretKey)
    .update(`issuer ${operatorToken ?? ''}`)
    .digest('hex')
}
