import { createHmac } from 'node:crypto'
import { and, eq, gt, isNull } from 'drizzle-orm'
import { drizzleOn } from '@/db/drizzle'
import { coalesce, now } from '@/db/expressions'
import { people, personalTokens } from '@/db/schema'
import type { Actor } from './actor'
import type { AccessLookup } from './authenticate'
import { isLastUseStale } from './last-use'
import { tokenHash } from './tokens'

export const personalTokenPrefix = 'rvp_'

/** The actor of a personal token. One that was created with REVEILLE_TOKEN is valid only while the same REVEILLE_TOKEN is set. */
export async function findPersonalToken(
  { sql, secretKey, operatorToken }: AccessLookup,
  token: string,
): Promise<Actor | null> {
  const db = drizzleOn(sql)
  const { id, companyId, role, issuerMark, lastUsedAt, expiresAt, revokedAt } = personalTokens
  const [found] = await db
    .select({
      scope: { tokenId: id, companyId, role },
      issuerMark,
      person: { personId: people.id, name: people.name, isOwner: people.installationOwner },
      isStale: isLastUseStale(lastUsedAt),
    })
    .from(personalTokens)
    .leftJoin(people, eq(people.id, personalTokens.personId))
    .where(and(eq(personalTokens.tokenHash, tokenHash(token)), isNull(revokedAt), coalesce(gt(expiresAt, now()), true)))
  if (!found) return null
  const { scope, person } = found
  if (found.issuerMark !== null && found.issuerMark !== issuerMarkOf(secretKey, operatorToken)) return null
  if (found.isStale) await db.update(personalTokens).set({ lastUsedAt: now() }).where(eq(id, scope.tokenId))
  return person ? { kind: 'person', ...person, sessionId: null, scope } : { kind: 'operator_token', scope }
}

/** Binds a token to the REVEILLE_TOKEN that it was created with, without revealing it. */
export function issuerMarkOf(secretKey: Buffer, operatorToken: string | undefined): string {
  return createHmac('sha256', secretKey)
    .update(`issuer ${operatorToken ?? ''}`)
    .digest('hex')
}
