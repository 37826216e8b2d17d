import { createHmac } from 'node:crypto'
import { and, eq, gt, isNull } from 'drizzle-orm'
import { drizzleOn, prepared } from '@/db/drizzle'
import { coalesce, now } from '@/db/expressions'
import { people, personalTokens } from '@/db/schema'
import type { Actor } from './actor'
import type { AccessLookup } from './authenticate'
import { isLastUseStale } from './last-use'
import { tokenHash } from './tokens'

export const personalTokenPrefix = 'rvp_'

const findValid = prepared(['hash'], (db, { hash }) => {
  const { id, companyId, role, issuerMark, personId, lastUsedAt, expiresAt, revokedAt } = personalTokens
  return db
    .select({
      scope: { tokenId: id, companyId, role },
      issuerMark,
      person: { personId: people.id, name: people.name, isOwner: people.installationOwner },
      isStale: isLastUseStale(lastUsedAt),
    })
    .from(personalTokens)
    .leftJoin(people, eq(people.id, personId))
    .where(and(eq(personalTokens.tokenHash, hash), isNull(revokedAt), coalesce(gt(expiresAt, now()), true)))
})

/** The actor of a personal token. One that was created with REVEILLE_TOKEN is valid only while the same REVEILLE_TOKEN is set. */
export async function findPersonalToken(
  { sql, secretKey, operatorToken }: AccessLookup,
  token: string,
): Promise<Actor | null> {
  const [found] = await findValid(sql, { hash: tokenHash(token) })
  if (!found) return null
  const { scope, person } = found
  if (found.issuerMark !== null && found.issuerMark !== issuerMarkOf(secretKey, operatorToken)) return null
  if (found.isStale) {
    await drizzleOn(sql).update(personalTokens).set({ lastUsedAt: now() }).where(eq(personalTokens.id, scope.tokenId))
  }
  return person ? { kind: 'person', ...person, sessionId: null, scope } : { kind: 'operator_token', scope }
}

/** Binds a token to the REVEILLE_TOKEN that it was created with, without revealing it. */
export function issuerMarkOf(secretKey: Buffer, operatorToken: string | undefined): string {
  return createHmac('sha256', secretKey)
    .update(`issuer ${operatorToken ?? ''}`)
    .digest('hex')
}
