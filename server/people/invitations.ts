import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { hashPassword } from '@/server/access/password'
import { createSession } from '@/server/access/sessions'
import { newToken, tokenHash } from '@/server/access/tokens'
import type { Caller } from '@/server/activity/by'
import { type By, recordActivity } from '@/server/activity/record'
import type { Role } from '@/server/domain/agent-status'
import { Failure } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { personByPassword } from './credentials'
import { getMember, type Member } from './members'
import { isUniqueViolation } from './unique'

const days = 7

/** What who opens the link is told; `hasPassword` of the person who has this e-mail already, null where there is none. */
export type Invitation = { companyName: string; email: string; role: Role; hasPassword: boolean | null }

type Open = Invitation & { id: string; companyId: CompanyId; personId: string | null }

/**
 * A seat for whoever has this e-mail, and the link that gives it: good once, for a week. Inviting the same e-mail again
 * makes a new link, and the old one is good no more. Errors: `name_taken` for who is a member already.
 */
export async function invite(
  sql: RawSql,
  by: By,
  publicUrl: string,
  given: { companyId: CompanyId; email: string; role: Role },
): Promise<Member & { link: string }> {
  const { companyId, email, role } = given
  const token = newToken('rvi_')
  return await transaction(sql, async (tx) => {
    const [member] = await tx`
      select from people p where p.email = ${email} and (p.installation_owner
        or exists (select from memberships where person_id = p.id and company_id = ${companyId}))`
    if (member) throw new Failure('name_taken', `${email} is a member already.`, 'email')
    const [row] = await tx<[{ id: string }]>`
      insert into invitations (company_id, email, role, token_hash, expires_at)
      values (${companyId}, ${email}, ${role}, ${tokenHash(token)}, now() + ${days} * interval '1 day')
      on conflict (company_id, email) where accepted_at is null do update
      set role = excluded.role, token_hash = excluded.token_hash, created_at = now(), expires_at = excluded.expires_at
      returning id`
    const subject = { type: 'member', id: row.id } as const
    await recordActivity(tx, { companyId, by, action: 'member.invite', subject, details: { email, role } })
    return { ...(await getMember(tx, companyId, row.id)), link: `${publicUrl}/invitation?token=${token}` }
  })
}

/** Errors: `not_found` for a link that is used, expired, replaced or unknown. */
export async function readInvitation(sql: Executor, token: string): Promise<Invitation> {
  const { companyName, email, role, hasPassword } = await openInvitation(sql, token)
  return { companyName, email, role, hasPassword }
}

export type Acceptance = {
  token: string
  /** Of somebody new. */
  name?: string
  /** The new one of somebody new, the one they have of others; not needed by who is signed in as the invited. */
  password?: string
  signedInAs: string | null
}

/** Takes the seat and signs in; answers the session. Errors: `unauthenticated`, `invalid_input`, `rate_limited`, `not_found`. */
export async function acceptInvitation(sql: RawSql, given: Acceptance, browser: Caller): Promise<string> {
  const { personId, email, hasPassword } = await openInvitation(sql, given.token)
  const isAlreadyIn = personId !== null && personId === given.signedInAs
  if (personId !== null && !isAlreadyIn) {
    if (!hasPassword) throw new Failure('unauthenticated', `Sign in as ${email} first, then open the link again.`)
    await personByPassword(sql, { email, password: given.password ?? '' }, browser)
  }
  const hash = personId === null ? await hashPassword(passwordOf(given)) : null
  try {
    return await transaction(sql, async (tx) => {
      const open = await openInvitation(tx, given.token)
      // Who proved nothing but the link becomes nobody who exists, also where they came into being meanwhile.
      if (open.personId !== personId) throw justTaken()
      const accepting = open.personId ?? (await addPerson(tx, { name: given.name ?? '', email, hash }))
      await tx`update invitations set accepted_at = now() where id = ${open.id}`
      await tx`
        insert into memberships (company_id, person_id, role) values (${open.companyId}, ${accepting}, ${open.role})
        on conflict (company_id, person_id) do update set role = excluded.role`
      await recordActivity(tx, {
        companyId: open.companyId,
        by: { type: 'user', id: accepting },
        action: 'member.accept',
        subject: { type: 'person', id: accepting },
        details: { email, role: open.role },
      })
      return await createSession(tx, accepting, browser)
    })
  } catch (error) {
    throw isUniqueViolation(error) ? justTaken() : error
  }
}

function passwordOf({ name, password }: Acceptance): string {
  if (!name) throw new Failure('invalid_input', 'name: must not be empty', 'name')
  if (!password) throw new Failure('invalid_input', 'password: must not be empty', 'password')
  return password
}

function justTaken(): Failure {
  return new Failure('name_taken', 'Somebody has just signed up with this e-mail. Open the link again.', 'email')
}

async function addPerson(tx: Executor, given: { name: string; email: string; hash: string | null }): Promise<string> {
  if (given.hash === null) throw justTaken()
  const [person] = await tx<[{ id: string }]>`
    insert into people (name, email) values (${given.name}, ${given.email}) returning id`
  await tx`insert into passwords (person_id, hash) values (${person.id}, ${given.hash})`
  return person.id
}

async function openInvitation(sql: Executor, token: string): Promise<Open> {
  const [open] = await sql<Open[]>`
    select i.id, i.company_id, c.name as company_name, i.email, i.role, p.id as person_id,
      case when p.id is null then null else exists (select from passwords where person_id = p.id) end as has_password
    from invitations i join companies c on c.id = i.company_id left join people p on p.email = i.email
    where i.token_hash = ${tokenHash(token)} and i.accepted_at is null and i.expires_at > now()
    for update of i`
  if (open) return open
  throw new Failure('not_found', 'This invitation was used, has expired or was replaced. Ask for a new link.')
}
