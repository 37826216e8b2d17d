import type { RawSql } from '@/db/client'
import type { Caller } from '@/server/activity/by'
import { createSession } from './sessions'
import { newToken, tokenHash } from './tokens'

const linkHours = 24

/** A link good once, for a day. */
export async function createSignInLink(sql: RawSql, publicUrl: string): Promise<string> {
  const token = newToken('rvl_')
  await sql`
    insert into sign_in_links (token_hash, expires_at) values (${tokenHash(token)}, now() + ${linkHours} * interval '1 hour')`
  return `${publicUrl}/sign-in?token=${token}`
}

export async function hasPeople(sql: RawSql): Promise<boolean> {
  const [row] = await sql<[{ any: boolean }]>`select exists (select from people) as any`
  return row.any
}

export type SignIn = { ok: true; session: string } | { ok: false; why: 'used' | 'expired' | 'unknown' }

/** Uses a link up and signs in as the installation's owner, who comes into being with the first one. */
export async function signIn(sql: RawSql, token: string, browser?: Caller): Promise<SignIn> {
  return await sql.begin(async (tx): Promise<SignIn> => {
    const hash = tokenHash(token)
    const [used] = await tx`
      update sign_in_links set used_at = now()
      where token_hash = ${hash} and used_at is null and expires_at > now() returning token_hash`
    if (!used) {
      const [link] = await tx<{ usedAt: Date | null }[]>`select used_at from sign_in_links where token_hash = ${hash}`
      if (!link) return { ok: false, why: 'unknown' }
      return { ok: false, why: link.usedAt ? 'used' : 'expired' }
    }
    await tx`
      insert into people (name, installation_owner) values ('Owner', true)
      on conflict (installation_owner) where installation_owner do nothing`
    const [owner] = await tx<[{ id: string }]>`select id from people where installation_owner`
    return { ok: true, session: await createSession(tx, owner.id, browser) }
  })
}
