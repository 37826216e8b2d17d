import { and, desc, eq, isNull, type SQL } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn, type QueryBuilder } from '@/db/drizzle'
import { invitations, memberships, people } from '@/db/schema'
import type { Role } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'

export type Member = {
  /** `memberId` in updates and removals. */
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

/** The columns by which members are found and ordered, in each of the three tables that they come from. */
export type SeatColumns = Pick<typeof memberships | typeof invitations | typeof people, 'id' | 'createdAt'>

type Filter = { where?: (seat: SeatColumns) => SQL; limit: number }

/** The newest members, open invitations and the installation's owner. */
export async function findMembers(sql: Executor, companyId: CompanyId, filter: Filter): Promise<Member[]> {
  const db = drizzleOn(sql)
  // In this order, so that a person who accepts an invitation meanwhile is not missed.
  const found = [
    ...(await invited(db, companyId, filter)),
    ...(await active(db, companyId, filter)),
    ...(await installationOwner(db, companyId, filter)),
  ]
  return found.sort(newestFirst).slice(0, filter.limit)
}

async function invited(db: QueryBuilder, companyId: CompanyId, { where, limit }: Filter): Promise<Member[]> {
  const { id, email, role, createdAt, expiresAt } = invitations
  const rows = await db
    .select({ id, email, role, createdAt, expiresAt })
    .from(invitations)
    .where(and(eq(invitations.companyId, companyId), isNull(invitations.acceptedAt), where?.(invitations)))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit)
  const person = { personId: null, name: null, installationOwner: false }
  return rows.map((row) => ({ ...row, ...person, companyId, status: 'invited' }))
}

async function active(db: QueryBuilder, companyId: CompanyId, { where, limit }: Filter): Promise<Member[]> {
  const { id, role, createdAt, personId } = memberships
  const { name, email, installationOwner } = people
  const rows = await db
    .select({ id, role, createdAt, personId, name, email, installationOwner })
    .from(memberships)
    .innerJoin(people, eq(people.id, personId))
    .where(and(eq(memberships.companyId, companyId), eq(installationOwner, false), where?.(memberships)))
    .orderBy(desc(createdAt), desc(id))
    .limit(limit)
  return rows.map((row) => ({ ...row, companyId, status: 'active', expiresAt: null }))
}

async function installationOwner(db: QueryBuilder, companyId: CompanyId, { where }: Filter): Promise<Member[]> {
  const { id, name, email, installationOwner, createdAt } = people
  const rows = await db
    .select({ id, personId: id, name, email, installationOwner, createdAt })
    .from(people)
    .where(and(eq(installationOwner, true), where?.(people)))
  return rows.map((row) => ({ ...row, companyId, role: 'owner', status: 'active', expiresAt: null }))
}

function newestFirst(a: Member, b: Member): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1)
}
