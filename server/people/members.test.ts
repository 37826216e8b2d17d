import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { createTestDatabase } from '@/db/testing/database'
import type { CompanyId } from '@/server/domain/ids'
import { agent, system } from '@/server/testing/engine'
import { removeMember, updateMember } from './members'

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

/** Answers the `memberId`. */
async function seat(companyId: CompanyId, role: 'owner' | 'viewer'): Promise<string> {
  const [person] = await sql<[{ id: string }]>`
    insert into people (name, email) values ('Ada', ${`${randomUUID()}@example.com`}) returning id`
  const [member] = await sql<[{ id: string }]>`
    insert into memberships (company_id, person_id, role) values (${companyId}, ${person.id}, ${role}) returning id`
  return member.id
}

const lastOwner = { reason: 'last_owner' }

test('the last owner of a company is neither removed nor made less; the last but one and others are', async () => {
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

test('of owners who remove or lower each other at once, one stays', async () => {
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

test("where the installation has an owner, every company has one: a company's last may go", async () => {
  const companyId = await company()
  const only = await seat(companyId, 'owner')
  const [person] = await sql<[{ id: string }]>`
    insert into people (name, installation_owner) values ('Owner', true) returning id`
  await removeMember(sql, system, companyId, only)
  await sql`delete from people where id = ${person.id}`
})
