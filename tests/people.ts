import type { RawSql } from '@/db/client'
import type { Role } from '@/server/domain/agent-status'
import { sessionCookie } from '@/server/identity/access/authenticate'
import { createSession } from '@/server/identity/access/sessions'

export type SignedIn = { personId: string; cookie: string }

/** A person who is signed in, with a seat where one is given. */
export async function signedInPerson(
  sql: RawSql,
  seat?: { companyId: string; role: Role },
  more: { email?: string; isOwner?: boolean } = {},
): Promise<SignedIn> {
  const [person] = await sql<[{ id: string }]>`
    insert into people (name, email, installation_owner)
    values (${seat?.role ?? 'somebody'}, ${more.email ?? null}, ${more.isOwner ?? false}) returning id`
  if (seat) {
    await sql`
      insert into memberships (company_id, person_id, role) values (${seat.companyId}, ${person.id}, ${seat.role})`
  }
  return { personId: person.id, cookie: `${sessionCookie}=${await createSession(sql, person.id)}` }
}
