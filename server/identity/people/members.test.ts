import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import type { CompanyId } from '@/server/domain/ids'
import { agent, system } from '@/tests/engine'
import { listMembers, removeMember, updateMember } from './members'

const database = await createTestDatabase()
const { sql } = database
const crowd = openClient(database.connection, { max: 8, applicationName: 'crowd' })
afterAll(async () => {
  await crowd.end()
  await database.drop()
})

async function company(): Promise<CompanyId> {
  return (await agent(sql)).companyId as CompanyId
}

/** Returns the `memberId`. */
async function seat(companyId: CompanyId, role: 'owner' | 'viewer'): Promise<string> {
  const [person] = await sql<[{ id: string }]>`
    insert into people (name, email) values ('Ada', ${`${randomUUID()}@example.com`}) returning id`
  const [member] = await sql<[{ id: string }]>`
    insert into memberships (company_id, person_id, role) values (${companyId}, ${person.id}, ${role}) returning id`
  return member.id
}

const lastOwner = { reason: 'last_owner' }

test('the last owner of a company can be neither removed nor demoted; other owners and members can', async () => {
  const companyId = await company()
  const [first, second, viewer] = [
    await seat(companyId, 'owner'),
    await seat(companyId, 'owner'),
    await seat(companyId, 'viewer'),
  ]
  await updateMember(sql, system, companyId, second, 'operator')
  await expect(updateMember(sql, system, companyId, first, 'viewer')).rejects.toMatchObject(lastOwner)
  await expect(removeMember(sql, system, companyId, first)).rejects.toMatchObject(lastOwner)
  await updateMember(sql, system, companyId, first, 'owner')
  await removeMember(sql, system, companyId, viewer)
  await updateMember(sql, system, companyId, second, 'owner')
  await removeMember(sql, system, companyId, first)
  await expect(removeMember(sql, system, companyId, second)).rejects.toMatchObject(lastOwner)
})

test('of owners who remove or demote each other at the same time, one stays', async () => {
  for (let round = 0; round < 10; round++) {
    const companyId = await company()
    const owners = await Promise.all(Array.from({ length: 4 }, () => seat(companyId, 'owner')))
    const ends = await Promise.allSettled(
      owners.map((memberId, at) =>
        at % 2 === 0
          ? removeMember(crowd, system, companyId, memberId)
          : updateMember(crowd, system, companyId, memberId, 'viewer'),
      ),
    )
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
    expect(refused).toMatchObject([lastOwner])
    const left = await sql`select from memberships where company_id = ${companyId} and role = 'owner'`
    expect(left).toHaveLength(1)
  }
})

test("where the installation has an owner, a company's last owner may be removed", async () => {
  const companyId = await company()
  const only = await seat(companyId, 'owner')
  const [person] = await sql<[{ id: string }]>`
    insert into people (name, installation_owner) values ('Owner', true) returning id`
  await removeMember(sql, system, companyId, only)
  await sql`delete from people where id = ${person.id}`
})

test("members, invitations and the installation's owner form one list, newest first, page by page", async () => {
  const companyId = await company()
  const [first, second] = [await seat(companyId, 'owner'), await seat(companyId, 'viewer')]
  const [owner] = await sql<[{ id: string }]>`
    insert into people (name, installation_owner) values ('Owner', true) returning id`
  const [invitation] = await sql<[{ id: string }]>`
    insert into invitations (company_id, email, role, token_hash, expires_at)
    values (${companyId}, 'new@example.com', 'operator', ${randomUUID()}, now() + interval '1 day') returning id`
  const ids = [first, second, owner.id, invitation.id]
  // Two have the same time, so that the id decides.
  const created = (id: string) => new Date(Date.UTC(2026, 0, ids.indexOf(id) === 3 ? 3 : 1 + ids.indexOf(id)))
  for (const id of ids) {
    await sql`update memberships set created_at = ${created(id)} where id = ${id}`
    await sql`update people set created_at = ${created(id)} where id = ${id}`
    await sql`update invitations set created_at = ${created(id)} where id = ${id}`
  }
  const newest = [owner.id, invitation.id].sort().reverse()
  const found: string[] = []
  let cursor: { at: Date; id: string } | null = null
  for (const next of [...newest, second, first]) {
    const { items, nextCursor } = await listMembers(sql, companyId, { limit: 1, cursor })
    found.push(...items.map(({ id }) => id))
    cursor = { at: created(next), id: next }
    expect(nextCursor === null).toBe(next === first)
  }
  expect(found).toEqual([...newest, second, first])
  const { items } = await listMembers(sql, companyId, { limit: 50 })
  expect(items.map(({ id }) => id)).toEqual(found)
  expect(items.find(({ id }) => id === invitation.id)).toEqual({
    ...{ id: invitation.id, companyId, personId: null, name: null, email: 'new@example.com', role: 'operator' },
    ...{ status: 'invited', installationOwner: false, createdAt: created(invitation.id), expiresAt: expect.any(Date) },
  })
  expect(items.find(({ id }) => id === owner.id)).toEqual({
    ...{ id: owner.id, companyId, personId: owner.id, name: 'Owner', email: null, role: 'owner' },
    ...{ status: 'active', installationOwner: true, createdAt: created(owner.id), expiresAt: null },
  })
  await sql`delete from people where id = ${owner.id}`
})
