import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { recordRefusal } from '@/server/identity/access/refusals'
import { createSignInLink } from '@/server/identity/access/sign-in'
import { createAccounts, password } from '@/tests/accounts'
import { signedInPerson } from '@/tests/people'
import { endServers, startServer, type TestServer, urlOf } from '@/tests/server'

const database = await createTestDatabase()
const { sql } = database
let server: TestServer
const accounts = createAccounts(() => server)
const { as, invited, joined, newAddress, newCompany, newEmail, open, post, signIn } = accounts

beforeAll(async () => {
  const env = { REVEILLE_TRUSTED_PROXIES: '127.0.0.1' }
  server = await startServer({ databaseUrl: urlOf(database.connection), env })
})
afterAll(async () => {
  accounts.close()
  await endServers()
  await database.drop()
})

test('the first owner signs in with a link, then chooses an e-mail and a password, and signs in with them', async () => {
  const owner = as(await open(await server.signInLink()))
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

test('an invitation creates a person with a role in one company, once', async () => {
  const companyId = await newCompany()
  const email = newEmail()
  const token = await invited(companyId, email, 'operator')
  const [open] = (await server.client.member.list.query({ companyId })).items
  expect(open).toMatchObject({ email, role: 'operator', status: 'invited', personId: null })
  const shown = await post('/api/invitation', { token })
  expect(shown.body).toMatchObject({ email, role: 'operator', hasPassword: null })
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

test('a newer invitation replaces the older one, a withdrawn or expired one is invalid, and a member cannot be invited', async () => {
  const companyId = await newCompany()
  const email = newEmail()
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

test('a person with an account joins a second company with their password or their session, and nobody else does', async () => {
  const [one, two, three] = [await newCompany(), await newCompany(), await newCompany()]
  const email = newEmail()
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

test("a changed role applies from the next call on; the installation's owner keeps theirs", async () => {
  const companyId = await newCompany()
  const { cookie } = await joined(companyId, newEmail(), 'viewer')
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

test('a new password needs the old one and signs other browsers out; signing out everywhere ends all sessions', async () => {
  const companyId = await newCompany()
  const email = newEmail()
  const { cookie } = await joined(companyId, email, 'viewer')
  const other = await signIn(email, password, newAddress())
  const newPassword = 'quite another one'
  for (const currentPassword of [undefined, 'not the one']) {
    await expect(as(cookie).account.update.mutate({ newPassword, currentPassword })).rejects.toMatchObject({
      data: { path: 'currentPassword' },
    })
  }
  await expect(as(cookie).account.update.mutate({ email: 'taken-over@example.com' })).rejects.toMatchObject({
    data: { path: 'currentPassword' },
  })
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

test('a person who has forgotten the password signs in with a link, and may choose a new one without the old one, once', async () => {
  const email = newEmail()
  await joined(await newCompany(), email, 'viewer')
  expect(await createSignInLink(sql, server.url, 'nobody@example.com')).toBeNull()
  const person = as(await open((await createSignInLink(sql, server.url, email)) ?? ''))
  expect(await person.account.get.query()).toMatchObject({ email, installationOwner: false, needsPassword: false })
  const newPassword = 'this one I remember'
  expect(await person.account.update.mutate({ newPassword })).toMatchObject({ needsPassword: true })
  await expect(person.account.update.mutate({ newPassword: password })).rejects.toMatchObject({
    data: { path: 'currentPassword' },
  })
  expect((await signIn(email, newPassword, newAddress())).status).toBe(200)
})

test('guesses are limited: of 20 at once 5 are checked, the right password waits too, and another address can sign in', async () => {
  const email = newEmail()
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

test('refused sign-ins and sign-outs are recorded, without e-mails of strangers, and up to a limit', async () => {
  const email = newEmail()
  const { cookie } = await joined(await newCompany(), email, 'viewer')
  const { id } = await as(cookie).account.get.query()
  const lines = (actorId: string | null) => sql`
    select action, subject_id, address, via, details from activity_log
    where company_id is null and actor_id is not distinct from ${actorId} and action <> 'session.create' order by id`
  const address = newAddress()
  await signIn(email, 'not the one', address)
  const signOut = () => fetch(`${server.url}/api/sign-out`, { method: 'POST', redirect: 'manual', headers: { cookie } })
  expect((await signOut()).status).toBe(303)
  await expect(as(cookie).account.get.query()).rejects.toMatchObject({ data: { reason: 'unauthenticated' } })
  await signOut()
  expect(await lines(id)).toMatchObject([
    { action: 'session.refuse', subjectId: id, address, via: 'password' },
    { action: 'session.signOut', via: 'person' },
  ])
  await sql`delete from sign_in_attempts`
  const before = (await lines(null)).length
  expect((await signIn('stranger@example.com', 'a guess', '10.7.7.7')).status).toBe(401)
  const another = { personId: null, caller: { address: '10.7.7.8', userAgent: null }, how: 'password' } as const
  await Promise.all(Array.from({ length: 120 }, () => recordRefusal(sql, another)))
  await open(`${server.url}/sign-in?token=rvl_guessed`)
  const strangers = (await lines(null)).slice(before)
  expect(strangers).toHaveLength(100)
  expect(strangers[0]).toMatchObject({
    action: 'session.refuse',
    subjectId: null,
    address: '10.7.7.7',
    via: 'password',
  })
  expect(JSON.stringify(strangers)).not.toContain('stranger@')
  await sql`update sign_in_attempts set since = now() - interval '16 minutes'`
  await open(`${server.url}/sign-in?token=rvl_guessed`)
  expect((await lines(null)).at(-1)).toMatchObject({ action: 'session.refuse', via: 'link' })
})

test('an unknown e-mail is refused like a wrong password', async () => {
  await joined(await newCompany(), 'known@example.com', 'viewer')
  const known = await signIn('known@example.com', 'not the one', newAddress())
  expect(known).toEqual(await signIn('unknown@example.com', 'not the one', newAddress()))
  expect(known.status).toBe(401)
})

test('the cookie is always HttpOnly and SameSite, and Secure behind an https address', async () => {
  const secure = await startServer({
    databaseUrl: urlOf(database.connection),
    env: { REVEILLE_PUBLIC_URL: 'https://reveille.example.com', REVEILLE_ROLE: 'web' },
  })
  const email = newEmail()
  await joined(await newCompany(), email, 'viewer')
  const answer = await fetch(`${secure.url}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: 'reveille.example.com' },
    body: JSON.stringify({ email, password }),
  })
  expect(answer.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/)
})
