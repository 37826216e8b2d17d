import { and, eq } from 'drizzle-orm'
import type { Executor } from '@/db/client'
import { drizzleOn, prepared } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { companies, memberships } from '@/db/schema'
import type { Role } from '@/server/domain/agent-status'
import type { CompanyId } from '@/server/domain/ids'
import type { Actor, PersonActor } from './actor'
import { isAtLeast } from './permissions'

/** The role of an actor in a company; null where they have none, as is the case for agents and runs. */
export async function roleIn(sql: Executor, actor: Actor, companyId: string): Promise<Role | null> {
  if (actor.kind === 'agent' || actor.kind === 'run') return null
  return limitedRole(actor, companyId, await fullRoleIn(sql, actor, companyId))
}

/** The roles of a person in these companies; companies in which they have none are left out. */
export async function rolesIn(
  sql: Executor,
  actor: PersonActor,
  companyIds: readonly CompanyId[],
): Promise<ReadonlyMap<CompanyId, Role>> {
  const roles = await fullRolesIn(sql, actor, companyIds)
  return new Map(
    companyIds.flatMap((companyId) => {
      const role = limitedRole(actor, companyId, roles.get(companyId) ?? null)
      return role ? [[companyId, role]] : []
    }),
  )
}

/** The bearer of REVEILLE_TOKEN and the installation's owner have owner rights in every company. */
export function isOwnerEverywhere(
  actor: PersonActor,
): actor is Extract<PersonActor, { kind: 'operator_token' }> | (PersonActor & { isOwner: true }) {
  return actor.kind === 'operator_token' || actor.isOwner
}

const findMembership = prepared(['personId', 'companyId'], (db, { personId, companyId }) =>
  db
    .select({ role: memberships.role })
    .from(memberships)
    .where(and(eq(memberships.personId, personId), eq(memberships.companyId, companyId))),
)

async function fullRoleIn(sql: Executor, actor: PersonActor, companyId: string): Promise<Role | null> {
  if (isOwnerEverywhere(actor)) return 'owner'
  const [membership] = await findMembership(sql, { personId: actor.personId, companyId })
  return membership?.role ?? null
}

async function fullRolesIn(
  sql: Executor,
  actor: PersonActor,
  companyIds: readonly CompanyId[],
): Promise<ReadonlyMap<string, Role>> {
  const db = drizzleOn(sql)
  if (isOwnerEverywhere(actor)) {
    const found = await db.select({ id: companies.id }).from(companies).where(equalsAny(companies.id, companyIds))
    return new Map(found.map(({ id }) => [id, 'owner']))
  }
  const { companyId, personId, role } = memberships
  const found = await db
    .select({ companyId, role })
    .from(memberships)
    .where(and(eq(personId, actor.personId), equalsAny(companyId, companyIds)))
  return new Map(found.map((row) => [row.companyId, row.role]))
}

/** A role limited by the scope of a token. A token never grants more than its person's current role. */
function limitedRole({ scope }: PersonActor, companyId: string, full: Role | null): Role | null {
  if (scope && scope.companyId !== null && scope.companyId !== companyId) return null
  if (full === null || !scope?.role) return full
  return isAtLeast(scope.role, full) ? full : scope.role
}
