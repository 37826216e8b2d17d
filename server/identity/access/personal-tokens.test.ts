import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createAccounts, password } from '@/tests/accounts'
import { createTestClient, type TestClient } from '@/tests/client'
import { signedInPerson } from '@/tests/people'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'

const database = await createTestDatabase()
const { sql } = database
let server: TestServer
const closers: (() => void)[] = []
const accounts = createAccounts(() => server)
const { as, invited, joined, newCompany, newEmail, post } = accounts

beforeAll(async () => {
  const env = { REVEILLE_TRUSTED_PROXIES: '127.0.0.1' }
  server = await startServer({ databaseUrl: urlOf(database.connection), env })
})
afterAll(async () => {
  for (const close of closers) close()
  accounts.close()
  await endServers()
  await database.drop()
})

test("a token is shown once, stored as its hash, and never grants more than its person's current rights", async () => {
  const [one, two] = [await newCompany(), await newCompany()]
  const email = newEmail()
  const { cookie } = await joined(one, email, 'operator')
  await post('/api/invitation/accept', { token: await invited(two, email, 'owner'), password })
  const person = as(cookie)
  const make = async (scope: Parameters<typeof person.token.create.mutate>[0]) => {
    const made = await person.token.create.mutate(scope)
    const { client, close } = createTestClient(server.url, made.token)
    closers.push(close)
    return { ...made, client }
  }
  const whole = await make({ name: 'whole' })
  const asOwner = await make({ name: 'asks for more', companyId: one, role: 'owner' })
  const viewing = await make({ name: 'viewing', role: 'viewer' })
  await expect(person.token.create.mutate({ name: 'foreign', companyId: await newCompany() })).rejects.toMatchObject({
    data: { reason: 'not_found' },
  })
  await expect(
    person.token.create.mutate({ name: 'late', expiresAt: new Date(Date.now() - 1000).toISOString() }),
  ).rejects.toMatchObject({ data: { path: 'expiresAt' } })
  const listed = (await person.token.list.query({})).items
  expect(listed.map(({ name }) => name)).toEqual(['viewing', 'asks for more', 'whole'])
  expect(JSON.stringify(listed)).not.toContain(whole.token)
  const [stored] = await sql`select t::text as row from personal_tokens t where id = ${whole.id}`
  expect(stored?.row).not.toContain(whole.token)

  const invite = (client: TestClient, companyId: string) =>
    client.member.invite.mutate({ companyId, email: 'more@example.com', role: 'viewer' })
  expect(await invite(whole.client, two)).toBeTruthy()
  const forbidden = { data: { reason: 'forbidden' } }
  await expect(invite(asOwner.client, one)).rejects.toMatchObject(forbidden)
  await expect(invite(asOwner.client, two)).rejects.toMatchObject({ data: { reason: 'not_found' } })
  expect((await asOwner.client.company.list.query({})).items.map(({ id }) => id)).toEqual([one])
  await expect(invite(viewing.client, two)).rejects.toMatchObject(forbidden)
  expect((await viewing.client.company.list.query({})).items).toHaveLength(2)
  await expect(whole.client.token.create.mutate({ name: 'a child' })).rejects.toMatchObject(forbidden)
  await expect(whole.client.account.update.mutate({ name: 'Eve' })).rejects.toMatchObject(forbidden)
  expect((await person.token.list.query({})).items.find(({ id }) => id === whole.id)?.lastUsedAt).not.toBeNull()

  await sql`update memberships set role = 'viewer' where company_id = ${two}`
  await expect(invite(whole.client, two)).rejects.toMatchObject(forbidden)
  await person.token.revoke.mutate({ tokenId: whole.id })
  await expect(whole.client.company.list.query({})).rejects.toMatchObject({ data: { reason: 'unauthenticated' } })
})

test('a person sees and revokes only their own tokens and those limited to companies that they own', async () => {
  const companyId = await newCompany()
  const [owner, operator] = [
    await signedInPerson(sql, { companyId, role: 'owner' }),
    await signedInPerson(sql, { companyId, role: 'operator' }),
  ]
  const ofOwner = await as(owner.cookie).token.create.mutate({ name: 'of the owner' })
  const here = await as(operator.cookie).token.create.mutate({ name: 'here', companyId })
  const anywhere = await as(operator.cookie).token.create.mutate({ name: 'anywhere' })
  const names = async (cookie: string) => (await as(cookie).token.list.query({})).items.map(({ name }) => name)
  expect(await names(operator.cookie)).toEqual(['anywhere', 'here'])
  expect(await names(owner.cookie)).toEqual(['here', 'of the owner'])
  for (const [cookie, tokenId] of [
    [operator.cookie, ofOwner.id],
    [owner.cookie, anywhere.id],
    [owner.cookie, crypto.randomUUID()],
  ] as const) {
    await expect(as(cookie).token.revoke.mutate({ tokenId })).rejects.toMatchObject({ data: { reason: 'not_found' } })
  }
  expect((await as(owner.cookie).token.revoke.mutate({ tokenId: here.id })).revokedAt).not.toBeNull()
})

test('a token created with REVEILLE_TOKEN has its scope, and becomes invalid with that token', async () => {
  const companyId = await newCompany()
  const { token } = await server.client.token.create.mutate({ name: 'automation', companyId, role: 'viewer' })
  const { client, close } = createTestClient(server.url, token)
  closers.push(close)
  expect((await client.company.list.query({})).items.map(({ id }) => id)).toEqual([companyId])
  await expect(client.company.create.mutate({ name: 'More' })).rejects.toMatchObject({ data: { reason: 'forbidden' } })
  const next = await startServer({
    databaseUrl: urlOf(database.connection),
    env: { REVEILLE_TOKEN: 'another token of the operator', REVEILLE_ROLE: 'web' },
  })
  const there = createTestClient(next.url, token)
  closers.push(there.close)
  await expect(there.client.company.list.query({})).rejects.toMatchObject({ data: { reason: 'unauthenticated' } })
})
