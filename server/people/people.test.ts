import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createSignInLink } from '@/server/access/sign-in'
import { createTestClient, type TestClient } from '@/server/testing/client'
import { signedInPerson } from '@/server/testing/people'
import { endServers, startServer, type TestServer, urlOf } from '@/server/testing/server'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
const database = await createTestDatabase()
const { sql } = database
let server: TestServer
const closers: (() => void)[] = []
const password = 'correct horse battery'

beforeAll(async () => {
  // Each test calls from an address of its own, so that one's guesses are not counted for another.
  const env = { REVEILLE_TRUSTED_PROXIES: '127.0.0.1' }
  server = await startServer({ databaseUrl: urlOf(database.connection), env })
})
afterAll(async () => {
  for (const close of closers) close()
  await endServers()
  await database.drop()
})

let addresses = 0
const newAddress = () => `10.0.0.${++addresses}`

function as(cookie: string): TestClient {
  const { client, close } = createTestClient(server.url, { cookie })
  closers.push(close)
  return client
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '10.9.9.9', ...headers },
    body: JSON.stringify(body),
  })
  return {
    status: answer.status,
    cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '',
    retryAfter: Number(answer.headers.get('retry-after')),
    body: await answer.json(),
  }
}

const signIn = (email: string, given: string, address: string) =>
  post('/api/sign-in', { email, password: given }, { 'x-forwarded-for': address })

async function newCompany(): Promise<string> {
  return (await server.client.company.create.mutate({ name: `Company ${crypto.randomUUID()}` })).id
}

async function invited(companyId: string, email: string, role: 'owner' | 'operator' | 'viewer') {
  const { link } = await server.client.member.invite.mutate({ companyId, email, role })
  return new URL(link).searchParams.get('token') ?? ''
}

/** Somebody new who has accepted an invitation. */
async function joined(companyId: string, email: string, role: 'owner' | 'operator' | 'viewer') {
  const token = await invited(companyId, email, role)
  return await post('/api/invitation/accept', { token, name: 'Ada', password })
}

test('the first owner is signed in by a link alone, then chooses an e-mail and a password, and signs in by them', async () => {
  const link = new URL(await server.signInLink())
  const opened = await fetch(`${server.url}/api/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    body: link.searchParams,
  })
  const owner = as(opened.headers.get('set-cookie')?.split(';')[0] ?? '')
  expect(await owner.account.get.query()).toMatchObject({ email: null, hasPassword: false, installationOwner: true })
  await expect(owner.account.update.mutate({ newPassword: password })).rejects.toMatchObject({
    data: { reason: 'invalid_input', path: 'email' },
  })
  await owner.account.update.mutate({ name: 'Grace', email: 'Grace@Example.com', newPassword: password })
  expect(await owner.account.get.query()).toMatchObject({
    name: 'Grace',
    email: 'grace@example.com',
    hasPassword: true,
  })
  const again = await signIn('GRACE@example.com ', password, newAddress())
  expect(again.status).toBe(200)
  expect(await as(again.cookie).company.create.mutate({ name: 'Hers' })).toMatchObject({ name: 'Hers' })
})

test('an invitation makes a person with a role in one company, once', async () => {
  const companyId = await newCompany()
  const token = await invited(companyId, 'ada@example.com', 'operator')
  const [open] = (await server.client.member.list.query({ companyId })).items
  expect(open).toMatchObject({ email: 'ada@example.com', role: 'operator', status: 'invited', personId: null })
  const shown = await post('/api/invitation', { token })
  expect(shown.body).toMatchObject({ email: 'ada@example.com', role: 'operator', hasPassword: null })
  const short = await post('/api/invitation/accept', { token, name: 'Ada', password: 'short' })
  expect([short.status, short.body.error.path]).toEqual([400, 'password'])

  const attempts = await Promise.all(
    [1, 2, 3].map(() => post('/api/invitation/accept', { token, name: 'Ada', password })),
  )
  const accepted = attempts.filter(({ status }) => status === 200)
  expect(accepted).toHaveLength(1)
  const ada = as(accepted[0]?.cookie ?? '')
  expect((await ada.company.list.query({})).items.map(({ id }) => id)).toEqual([companyId])
  expect((await ada.member.list.query({ companyId })).items[0]).toMatchObject({ name: 'Ada', status: 'active' })
  await expect(ada.member.invite.mutate({ companyId, email: 'x@example.com', role: 'owner' })).rejects.toMatchObject({
    data: { reason: 'forbidden' },
  })
  expect((await post('/api/invitation/accept', { token, name: 'Eve', password })).status).toBe(404)
  const [stored] = await sql`select i::text as row from invitations i where company_id = ${companyId}`
  expect(stored?.row).not.toContain(token)
})

test('a newer invitation replaces the older one, a withdrawn or expired one is good no more, a member is not invited', async () => {
  const companyId = await newCompany()
  const email = 'late@example.com'
  const older = await invited(companyId, email, 'viewer')
  const newer = await invited(companyId, email, 'operator')
  expect((await post('/api/invitation', { token: older })).status).toBe(404)
  expect((await post('/api/invitation', { token: newer })).body.role).toBe('operator')
  await sql`update invitations set expires_at = now() where email = ${email}`
  expect((await post('/api/invitation', { token: newer })).status).toBe(404)
  const last = await invited(companyId, email, 'operator')
  const [open] = (await server.client.member.list.query({ companyId })).items
  await server.client.member.remove.mutate({ companyId, memberId: open?.id ?? '' })
  expect((await post('/api/invitation/accept', { token: last, name: 'Late', password })).status).toBe(404)
  await joined(companyId, email, 'viewer')
  await expect(server.client.member.invite.mutate({ companyId, email, role: 'owner' })).rejects.toMatchObject({
    data: { reason: 'name_taken', path: 'email' },
  })
})

test('who has an account joins a second company with the password they have, or as they are signed in: nobody else does', async () => {
  const [one, two, three] = [await newCompany(), await newCompany(), await newCompany()]
  const email = 'two@example.com'
  const { cookie } = await joined(one, email, 'viewer')
  const second = await invited(two, email, 'owner')
  const stranger = await signedInPerson(sql)
  for (const [given, sent] of [
    ['a guess at it', ''],
    [undefined, stranger.cookie],
  ]) {
    const body = { token: second, name: 'Eve', password: given }
    const refused = await post('/api/invitation/accept', body, { cookie: sent ?? '' })
    expect(refused.status).toBe(401)
  }
  const accepted = await post('/api/invitation/accept', { token: second, password })
  expect(accepted.status).toBe(200)
  const third = await invited(three, email, 'operator')
  expect((await post('/api/invitation/accept', { token: third }, { cookie })).status).toBe(200)
  const companies = (await as(cookie).company.list.query({})).items.map(({ id }) => id)
  expect(companies.toSorted()).toEqual([one, two, three].toSorted())
  expect(
    await as(cookie).member.invite.mutate({ companyId: two, email: 'new@example.com', role: 'viewer' }),
  ).toBeTruthy()
  await expect(
    as(cookie).member.invite.mutate({ companyId: one, email: 'new@example.com', role: 'viewer' }),
  ).rejects.toMatchObject({ data: { reason: 'forbidden' } })
})

test('a role counts from the next call on; the owner of the installation keeps theirs', async () => {
  const companyId = await newCompany()
  const { cookie } = await joined(companyId, 'role@example.com', 'viewer')
  const client = as(cookie)
  const hire = () =>
    client.agent.create.mutate({ companyId, name: 'A', adapterType: 'process', adapterConfig: { command: 'true' } })
  await expect(hire()).rejects.toMatchObject({ data: { reason: 'forbidden' } })
  const [member] = (await server.client.member.list.query({ companyId })).items
  const memberId = member?.id ?? ''
  const [owner] = await sql<{ id: string }[]>`select id from people where installation_owner`
  await server.client.member.update.mutate({ companyId, memberId, role: 'operator' })
  await hire()
  await server.client.member.remove.mutate({ companyId, memberId })
  await expect(hire()).rejects.toMatchObject({ data: { reason: 'not_found' } })
  if (owner) {
    const change = { companyId, memberId: owner.id }
    await expect(server.client.member.remove.mutate(change)).rejects.toMatchObject({ data: { reason: 'forbidden' } })
  }
})

test('a new password wants the old one and signs other browsers out; signing out everywhere leaves none', async () => {
  const companyId = await newCompany()
  const email = 'change@example.com'
  const { cookie } = await joined(companyId, email, 'viewer')
  const other = await signIn(email, password, newAddress())
  const newPassword = 'quite another one'
  for (const currentPassword of [undefined, 'not the one']) {
    await expect(as(cookie).account.update.mutate({ newPassword, currentPassword })).rejects.toMatchObject({
      data: { path: 'currentPassword' },
    })
  }
  await as(cookie).account.update.mutate({ newPassword, currentPassword: password })
  await expect(as(other.cookie).account.get.query()).rejects.toMatchObject({ data: { reason: 'unauthenticated' } })
  expect((await signIn(email, password, newAddress())).status).toBe(401)
  const third = await signIn(email, newPassword, newAddress())
  const { items } = await as(cookie).account.sessions.query()
  expect(items.map(({ isThis }) => isThis)).toEqual([false, true])
  await as(cookie).account.endSession.mutate({ sessionId: items[0]?.id ?? '' })
  await expect(as(third.cookie).account.get.query()).rejects.toMatchObject({ data: { reason: 'unauthenticated' } })
  await as(cookie).account.signOutEverywhere.mutate()
  await expect(as(cookie).account.get.query()).rejects.toMatchObject({ data: { reason: 'unauthenticated' } })
})

test('who has forgotten the password comes by a link, and chooses a new one without the old: once', async () => {
  const email = 'forgetful@example.com'
  await joined(await newCompany(), email, 'viewer')
  expect(await createSignInLink(sql, server.url, 'nobody@example.com')).toBeNull()
  const link = new URL((await createSignInLink(sql, server.url, email)) ?? '')
  const opened = await fetch(`${server.url}/api/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    body: link.searchParams,
  })
  const person = as(opened.headers.get('set-cookie')?.split(';')[0] ?? '')
  expect(await person.account.get.query()).toMatchObject({ email, installationOwner: false, needsPassword: false })
  const newPassword = 'this one I remember'
  expect(await person.account.update.mutate({ newPassword })).toMatchObject({ needsPassword: true })
  await expect(person.account.update.mutate({ newPassword: password })).rejects.toMatchObject({
    data: { path: 'currentPassword' },
  })
  expect((await signIn(email, newPassword, newAddress())).status).toBe(200)
})

test('guesses are counted: 20 at once give 5 looks, the right one waits too, and another address signs in', async () => {
  const email = 'guessed@example.com'
  await joined(await newCompany(), email, 'viewer')
  const address = newAddress()
  const guesses = await Promise.all(Array.from({ length: 20 }, (_, at) => signIn(email, `guess number ${at}`, address)))
  const statuses = guesses.map(({ status }) => status)
  expect(statuses.filter((status) => status === 401)).toHaveLength(5)
  expect(statuses.filter((status) => status === 429)).toHaveLength(15)
  const right = await signIn(email, password, address)
  expect([right.status, right.body.error.reason]).toEqual([429, 'rate_limited'])
  expect(right.retryAfter).toBeGreaterThan(0)
  expect(right.retryAfter).toBeLessThanOrEqual(900)
  expect((await signIn(email, password, newAddress())).status).toBe(200)
  await sql`update sign_in_attempts set since = now() - interval '16 minutes'`
  expect((await signIn(email, password, address)).status).toBe(200)
})

test('an e-mail that nobody has is answered like a wrong password', async () => {
  await joined(await newCompany(), 'known@example.com', 'viewer')
  const [known, unknown] = [
    await signIn('known@example.com', 'not the one', newAddress()),
    await signIn('unknown@example.com', 'not the one', newAddress()),
  ]
  expect(known).toEqual({ ...unknown })
  expect(known.status).toBe(401)
})

test('a token is shown once, stored as its hash, and grants what its person may at that moment, never more', async () => {
  const [one, two] = [await newCompany(), await newCompany()]
  const email = 'tokens@example.com'
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

test('tokens of others are for who owns where they reach: a person sees and revokes no other', async () => {
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

test('a token that REVEILLE_TOKEN made has its scope, and dies with that token', async () => {
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

test('behind an https address the cookie is Secure, and always HttpOnly and SameSite', async () => {
  const secure = await startServer({
    databaseUrl: urlOf(database.connection),
    env: { REVEILLE_PUBLIC_URL: 'https://reveille.example.com', REVEILLE_ROLE: 'web' },
  })
  const email = 'secure@example.com'
  await joined(await newCompany(), email, 'viewer')
  const answer = await fetch(`${secure.url}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: 'reveille.example.com' },
    body: JSON.stringify({ email, password }),
  })
  expect(answer.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/)
})
