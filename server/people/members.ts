import type { Executor, RawSql } from '@/db/client'
import { transaction } from '@/db/transaction'
import { type By, recordActivity } from '@/server/activity/record'
import type { Role } from '@/server/domain/agent-status'
import { Failure, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'

export type Member = {
  /** What update and remove take as `memberId`. */
  id: string
  companyId: string
  /** null while the invitation is open. */
  personId: string | null
  name: string | null
  email: string | null
  role: Role
  status: 'active' | 'invited'
  /** Has owner rights in every company; neither changed nor removed. */
  installationOwner: boolean
  createdAt: Date
  /** Of an invitation. */
  expiresAt: Date | null
}

/** Members, open invitations and the installation's owner, newest first. */
export async function listMembers(
  sql: Executor,
  companyId: CompanyId,
  page: { limit: number; cursor?: PageCursor | null },
): Promise<Page<Member>> {
  const rows = await sql<Member[]>`
    select * from (${selectMembers(sql, companyId)}) m
    where ${page.cursor ? sql`(created_at, id) < (${page.cursor.at}, ${page.cursor.id})` : sql`true`}
    order by created_at desc, id desc limit ${page.limit + 1}`
  return pageOf(rows, page.limit, (member) => member.createdAt)
}

export async function getMember(sql: Executor, companyId: CompanyId, memberId: string): Promise<Member> {
  const [member] = await sql<Member[]>`select * from (${selectMembers(sql, companyId)}) m where id = ${memberId}`
  if (!member) throw notFound('member')
  return member
}

/** Counts from the member's next call on, and within seconds for what they have open. Errors: `last_owner`. */
export async function updateMember(
  sql: RawSql,
  by: By,
  companyId: CompanyId,
  memberId: string,
  role: Role,
): Promise<Member> {
  return await transaction(sql, async (tx) => {
    const member = await changeable(tx, companyId, memberId)
    if (role !== 'owner') await keepAnOwner(tx, companyId, member)
    await tx`update memberships set role = ${role} where id = ${memberId}`
    await tx`update invitations set role = ${role} where id = ${memberId} and accepted_at is null`
    const subject = { type: 'member', id: memberId } as const
    await recordActivity(tx, { companyId, by, action: 'member.update', subject, details: { role } })
    return await getMember(tx, companyId, memberId)
  })
}

/** Answers the member that was. Errors: `last_owner`. */
export async function removeMember(sql: RawSql, by: By, companyId: CompanyId, memberId: string): Promise<Member> {
  return await transaction(sql, async (tx) => {
    const member = await changeable(tx, companyId, memberId)
    await keepAnOwner(tx, companyId, member)
    await tx`delete from memberships where id = ${memberId}`
    await tx`delete from invitations where id = ${memberId}`
    const { email, personId } = member
    const subject = { type: 'member', id: memberId } as const
    await recordActivity(tx, { companyId, by, action: 'member.remove', subject, details: { email, personId } })
    return member
  })
}

async function changeable(tx: Executor, companyId: CompanyId, memberId: string): Promise<Member> {
  const member = await getMember(tx, companyId, memberId)
  if (member.installationOwner) {
    throw new Failure('forbidden', "The installation's owner has owner rights in every company, and keeps them.")
  }
  return member
}

/** Who takes an owner away waits for the others who do: of two owners who remove each other, the second is refused. */
async function keepAnOwner(tx: Executor, companyId: CompanyId, leaving: Member): Promise<void> {
  if (leaving.status !== 'active' || leaving.role !== 'owner') return
  const owners = await tx<{ id: string }[]>`
    select id from memberships where company_id = ${companyId} and role = 'owner' order by id for update`
  if (owners.some(({ id }) => id !== leaving.id)) return
  const [installationOwner] = await tx`select from people where installation_owner`
  if (installationOwner) return
  throw new Failure('last_owner', 'The company would be left without an owner: make somebody else an owner first.')
}

function selectMembers(sql: Executor, companyId: CompanyId) {
  return sql`
    select m.id, m.company_id, p.id as person_id, p.name, p.email, m.role, 'active' as status,
      false as installation_owner, m.created_at, null::timestamptz as expires_at
    from memberships m join people p on p.id = m.person_id
    where m.company_id = ${companyId} and not p.installation_owner
    union all
    select i.id, i.company_id, null, null, i.email, i.role, 'invited', false, i.created_at, i.expires_at
    from invitations i where i.company_id = ${companyId} and i.accepted_at is null
    union all
    select p.id, ${companyId}::uuid, p.id, p.name, p.email, 'owner', 'active', true, p.created_at, null
    from people p where p.installation_owner`
}
