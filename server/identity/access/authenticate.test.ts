import { afterAll, afterEach, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { createKey, revokeKey } from '@/server/agents/keys'
import { pauseAgent, terminateAgent } from '@/server/agents/status'
import { agent, clear, ends, secretKey, started, system, worker } from '@/tests/engine'
import { type AccessSettings, authenticate, bearerOf, sessionOf } from './authenticate'
import { readRunToken, runToken } from './run-token'
import { signOut } from './sessions'
import { createSignInLink, hasPeople, signIn } from './sign-in'

const database = await createTestDatabase()
const { sql } = database
afterEach(() => clear(sql))
afterAll(() => database.drop())

const operatorToken = 'operator-token-of-32-characters!'
const settings: AccessSettings = { sql, secretKey, operatorToken }
const refused = { name: 'ApiError', reason: 'unauthenticated' }

async function newSession(): Promise<string> {
  const answer = await signIn(sql, await newLink())
  if (!answer.ok) throw new Error(answer.why)
  return answer.session
}

async function newLink(): Promise<string> {
  return new URL(await createSignInLink(sql, 'http://127.0.0.1:3000')).searchParams.get('token') ?? ''
}

test('no credentials give no actor', async () => {
  expect(await authenticate(settings, { bearer: null, session: null })).toBeNull()
  expect(await authenticate(settings, { bearer: null, session: 'rvs_unknown' })).toBeNull()
})

test('an invalid bearer token is an error, even with a valid session', async () => {
  const session = await newSession()
  expect(await authenticate(settings, { bearer: null, session })).toMatchObject({ kind: 'person', isOwner: true })
  const { id } = await agent(sql)
  const run = await started(sql, id, await worker(sql))
  const good = runToken(secretKey, run.id)
  const bad = ['', 'x', 'rva_unknown', session, `${good}x`, runToken(Buffer.alloc(32), run.id), operatorToken.slice(1)]
  for (const bearer of bad) {
    await expect(authenticate(settings, { bearer, session })).rejects.toMatchObject(refused)
  }
})

test('without REVEILLE_TOKEN no operator token is valid', async () => {
  const bare = { ...settings, operatorToken: undefined }
  for (const bearer of ['undefined', '', operatorToken]) {
    await expect(authenticate(bare, { bearer, session: null })).rejects.toMatchObject(refused)
  }
  expect(await authenticate(settings, { bearer: operatorToken, session: null })).toEqual({
    kind: 'operator_token',
    scope: null,
  })
})

test.each([
  [undefined, null],
  ['Bearer abc', 'abc'],
  ['bearer  abc ', 'abc'],
  ['Basic abc', ''],
  ['Bearer', ''],
  ['Bearer a b', ''],
  ['', ''],
])('the header %j contains the token %j', (header, expected) => {
  expect(bearerOf(header)).toBe(expected)
})

test('the session is found among other cookies', () => {
  expect(sessionOf('a=b; reveille_session=rvs_1; c=d')).toBe('rvs_1')
  expect(sessionOf('xreveille_session=rvs_1')).toBeNull()
  expect(sessionOf(undefined)).toBeNull()
})

test('a key is valid until it is revoked or its agent is terminated; only its hash is stored', async () => {
  const [one, two] = [await agent(sql), await agent(sql)]
  const made = []
  for (const { id, companyId } of [one, two]) {
    made.push({ id, companyId, key: await createKey(sql, system, { agentId: id, companyId }, 'ci') })
  }
  for (const { id, companyId, key } of made) {
    const actor = await authenticate(settings, { bearer: key.token, session: null })
    expect(actor).toEqual({ kind: 'agent', keyId: key.id, agentId: id, companyId })
  }
  const [stored] =
    await sql`select k::text as row, last_used_at from agent_api_keys k where id = ${made[0]?.key.id ?? ''}`
  expect(stored?.row).not.toContain(made[0]?.key.token)
  expect(stored?.lastUsedAt).toBeInstanceOf(Date)
  await pauseAgent(sql, system, one.id)
  await authenticate(settings, { bearer: made[0]?.key.token ?? '', session: null })
  await revokeKey(sql, system, { agentId: one.id, companyId: one.companyId }, made[0]?.key.id ?? '')
  await terminateAgent(sql, system, two.id)
  for (const { key } of made) {
    await expect(authenticate(settings, { bearer: key.token, session: null })).rejects.toMatchObject(refused)
  }
})

test('a run token is valid while its run is running: not before, not after, and not with another secret key', async () => {
  const { id, companyId } = await agent(sql)
  const workerId = await worker(sql)
  const run = await started(sql, id, workerId)
  const bearer = runToken(secretKey, run.id)
  const actor = { kind: 'run', runId: run.id, agentId: id, companyId }
  expect(await authenticate(settings, { bearer, session: null })).toEqual(actor)
  expect(readRunToken(Buffer.alloc(32, 1), bearer)).toBeNull()
  await ends(sql, run, workerId)
  await expect(authenticate(settings, { bearer, session: null })).rejects.toMatchObject(refused)
  const unknown = runToken(secretKey, crypto.randomUUID())
  await expect(authenticate(settings, { bearer: unknown, session: null })).rejects.toMatchObject(refused)
})

test('a sign-in link works once, even when it is opened twice at once, and creates one owner', async () => {
  expect(await hasPeople(sql)).toBe(false)
  const token = await newLink()
  const answers = await Promise.all([1, 2, 3, 4].map(() => signIn(sql, token)))
  expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  expect(answers.filter((answer) => !answer.ok && answer.why === 'used')).toHaveLength(3)
  await newSession()
  expect(await sql`select from people`).toHaveLength(1)
})

test('an expired link and an unknown link sign nobody in', async () => {
  const token = await newLink()
  await sql`update sign_in_links set expires_at = now() - interval '1 second'`
  expect(await signIn(sql, token)).toEqual({ ok: false, why: 'expired' })
  expect(await signIn(sql, 'rvl_unknown')).toEqual({ ok: false, why: 'unknown' })
  expect(await hasPeople(sql)).toBe(false)
})

test('a session ends when it is signed out and when it expires', async () => {
  const [one, two] = [await newSession(), await newSession()]
  await signOut(sql, one, { address: null, userAgent: null })
  expect(await authenticate(settings, { bearer: null, session: one })).toBeNull()
  expect(await authenticate(settings, { bearer: null, session: two })).not.toBeNull()
  await sql`update sessions set expires_at = now() - interval '1 second'`
  expect(await authenticate(settings, { bearer: null, session: two })).toBeNull()
})
