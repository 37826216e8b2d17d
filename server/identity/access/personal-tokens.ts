import { and, desc, eq, or, type SQL } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn, type QueryBuilder } from '@/db/drizzle'
import { coalesce, equalsAny, now, rowBefore } from '@/db/expressions'
import { onlyRow } from '@/db/only-row'
import { companies, people, personalTokens } from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { Role } from '@/server/domain/agent-status'
import { notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import type { AccessSettings } from './authenticate'
import { issuerMarkOf, personalTokenPrefix } from './find-personal-token'
import { newToken, tokenHash } from './tokens'

export type PersonalToken = {
  id: string
  name: string
  /** The first characters of the token, to distinguish tokens. */
  prefix: string
  /** null: it acts for the bearer of REVEILLE_TOKEN. */
  personId: string | null
  personName: string | null
  /** null: all companies of its person. */
  companyId: string | null
  companyName: string | null
  /** null: the same rights as its person. */
  role: Role | null
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/** The tokens that a caller may see: those of one person and of the companies that they own, or all. */
export type TokenReach = { personId: string; ownedCompanies: CompanyId[] } | 'all'

/** Newest first; revoked and expired ones too. */
export async function listPersonalTokens(
  sql: RawSql,
  reach: TokenReach,
  page: { limit: number; cursor?: PageCursor | null },
): Promise<Page<PersonalToken>> {
  const { createdAt, id } = personalTokens
  const onPage = page.cursor ? rowBefore([createdAt, id], [page.cursor.at, page.cursor.id]) : undefined
  const rows = await selectToken(drizzleOn(sql), and(isWithin(reach), onPage))
    .orderBy(desc(createdAt), desc(id))
    .limit(page.limit + 1)
  return pageOf(rows, page.limit, (token) => token.createdAt)
}

/** Only this result contains the token; its hash alone is stored. */
export async function createPersonalToken(
  { sql, secretKey, operatorToken }: AccessSettings,
  by: AuditActor,
  given: {
    personId: string | null
    name: string
    companyId: CompanyId | null
    role: Role | null
    expiresAt: Date | null
  },
): Promise<PersonalToken & { token: string }> {
  const token = newToken(personalTokenPrefix)
  const issuerMark = given.personId === null ? issuerMarkOf(secretKey, operatorToken) : null
  return await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const { personId, name, companyId, role, expiresAt } = given
    const { id } = onlyRow(
      await db
        .insert(personalTokens)
        .values({
          personId,
          issuerMark,
          name,
          prefix: token.slice(0, 10),
          tokenHash: tokenHash(token),
          companyId,
          role,
          expiresAt,
        })
        .returning({ id: personalTokens.id }),
    )
    await recordActivity(tx, {
      companyId,
      by,
      action: 'token.create',
      subject: { type: 'token', id },
      details: { name, role, expiresAt: expiresAt?.toISOString() ?? null },
    })
    return { ...onlyRow(await selectToken(db, eq(personalTokens.id, id))), token }
  })
}

/** Idempotent. Errors: `not_found` for a token that the caller may not see. */
export async function revokePersonalToken(
  sql: RawSql,
  by: AuditActor,
  reach: TokenReach,
  tokenId: string,
): Promise<PersonalToken> {
  return await transaction(sql, async (tx) => {
    const db = drizzleOn(tx)
    const [revoked] = await db
      .update(personalTokens)
      .set({ revokedAt: coalesce(personalTokens.revokedAt, now()) })
      .where(and(eq(personalTokens.id, tokenId), isWithin(reach)))
      .returning({ companyId: personalTokens.companyId, name: personalTokens.name })
    if (!revoked) throw notFound('token')
    const { companyId, name } = revoked
    const subject = { type: 'token', id: tokenId } as const
    await recordActivity(tx, { companyId, by, action: 'token.revoke', subject, details: { name } })
    return onlyRow(await selectToken(db, eq(personalTokens.id, tokenId)))
  })
}

function selectToken(db: QueryBuilder, where: SQL | undefined) {
  const { id, name, prefix, personId, companyId, role, createdAt, expiresAt, lastUsedAt, revokedAt } = personalTokens
  const names = { personName: people.name, companyName: companies.name }
  return db
    .select({ id, name, prefix, personId, companyId, role, createdAt, expiresAt, lastUsedAt, revokedAt, ...names })
    .from(personalTokens)
    .leftJoin(people, eq(people.id, personId))
    .leftJoin(companies, eq(companies.id, companyId))
    .where(where)
}

function isWithin(reach: TokenReach): SQL | undefined {
  if (reach === 'all') return undefined
  const { personId, companyId } = personalTokens
  return or(eq(personId, reach.personId), equalsAny(companyId, reach.ownedCompanies))
}
