import { and, eq, isNull } from 'drizzle-orm'
import type { Executor, RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { rowBefore } from '@/db/expressions'
import { invitations, memberships, people } from '@/db/schema'
import { transaction } from '@/db/transaction'
import type { Role } from '@/server/domain/agent-status'
import { ApiError, notFound } from '@/server/domain/errors'
import type { CompanyId } from '@/server/domain/ids'
import { type Page, type PageCursor, pageOf } from '@/server/domain/page'
import { type AuditActor, recordActivity } from '@/server/identity/activity/record'
import { findMembers, type Member, type SeatColumns } from './find-members'

/** Members, open invitations and the installation's owner, newest first. */
export async function listMembers(
  sql: Executor,
  companyId: CompanyId,
  { limit, cursor }: { limit: number; cursor?: PageCursor | null },
): Promise<Page<Member>> {
  const isOnPage = cursor
    ? (seat: SeatColumns) => rowBefore([seat.createdAt, seat.id], [cursor.at, cursor.id])
    : undefined
  const members = await findMembers(sql, companyId, { where: isOnPage, limit: limit + 1 })
  return pageOf(members, limit, (member) => member.createdAt)
}

export async function getMember(sql: Executor, companyId: CompanyId, memberId: string): Promise<Member> {
  const [member] = await findMembers(sql, companyId, { where: (seat) => eq(seat.id, memberId), limit: 1 })
  if (!member) throw notFound('member')
  return member
}

/** Takes effect with the member's next call, and within seconds on open streams. Errors: `last_owner`. */
export async function updateMember(
  sql: RawSql,
  by: AuditActor,
  companyId: CompanyId,
  memberId: string,
  role: Role,
): Promise<Member> {
  return await transaction(sql, async (tx) => {
    const member = await changeable(tx, companyId, memberId)
    if (role !== 'owner') await keepAnOwner(tx, companyId, member)
    const db = drizzleOn(tx)
    await db.update(memberships).set({ role }).where(eq(memberships.id, memberId))
    await db
      .update(invitations)
      .set({ role })
      .where(and(eq(invitations.id, memberId), isNull(invitations.acceptedAt)))
    const subject = { type: 'member', id: memberId } as const
    await recordActivity(tx, { companyId, by, action: 'member.update', subject, details: { role } })
    return await getMember(tx, companyId, memberId)
  })
}

/** Returns the removed member. Errors: `last_owner`. */
export async function removeMember(
  sql: RawSql,
  by: AuditActor,
  companyId: CompanyId,
  memberId: string,
): Promise<Member> {
  return await transaction(sql, async (tx) => {
    const member = await changeable(tx, companyId, memberId)
    await keepAnOwner(tx, companyId, member)
    const db = drizzleOn(tx)
    await db.delete(memberships).where(eq(memberships.id, memberId))
    await db.delete(invitations).where(eq(invitations.id, memberId))
    const { email, personId } = member
    const subject = { type: 'member', id: memberId } as const
    await recordActivity(tx, { companyId, by, action: 'member.remove', subject, details: { email, personId } })
    return member
  })
}

async function changeable(tx: Executor, companyId: CompanyId, memberId: string): Promise<Member> {
  const member = await getMember(tx, companyId, memberId)
  if (member.installationOwner) {
    throw new ApiError('forbidden', "The installation's owner has owner rights in every company, and keeps them.")
  }
  return member
}

/** Locks the owners of the company, so that of two owners who remove each other, the second is refused. */
async function keepAnOwner(tx: Executor, companyId: CompanyId, leaving: Member): Promise<void> {
  if (leaving.status !== 'active' || leaving.role !== 'owner') return
  const db = drizzleOn(tx)
  const owners = await db
    .select({ id: memberships.id })
    .from(memberships)
    .where(and(eq(memberships.companyId, companyId), eq(memberships.role, 'owner')))
    .orderBy(memberships.id)
    .for('update')
  if (owners.some(({ id }) => id !== leaving.id)) return
  if ((await db.$count(people, eq(people.installationOwner, true))) > 0) return
  throw new ApiError('last_owner', 'The company would be left without an owner: make another member an owner first.')
}
