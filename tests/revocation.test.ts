import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { runToken } from '@/server/identity/access/run-token'
import { type Credential, createTestClient, type TestClient } from './client'
import { signedInPerson } from './people'
import { hireAgent, runThatIs, sh, wake } from './scene'
import { endServers, startServer, type TestServer, testSecretKey, urlOf } from './server'

const database = await createTestDatabase()
const { sql } = database
const longestMs = 5000
let server: TestServer
let companyId: string
let agentId: string
let runId: string
const closers: (() => void)[] = []

beforeAll(async () => {
  server = await startServer({ databaseUrl: urlOf(database.connection) })
  const hired = await hireAgent(server.client, sh('echo up; sleep 300'), { maxConcurrentRuns: 2 })
  companyId = hired.companyId
  agentId = hired.agentId
  runId = await wake(server.client, agentId)
  await runThatIs(server.client, runId, 'running')
})
afterAll(async () => {
  for (const close of closers) close()
  await endServers()
  await database.drop()
})

function as(credential: Credential): TestClient {
  const { client, close } = createTestClient(server.url, credential)
  closers.push(close)
  return client
}

type Told = { reason: string; message: string; at: number }
type Handlers = { onStarted(): void; onError(error: { message: string; data?: unknown }): void; onComplete(): void }

/** A stream that is open: resolves with how to wait for its end. */
async function opened(subscribe: (handlers: Handlers) => unknown): Promise<{ told: Promise<Told> }> {
  return await new Promise((resolve, reject) => {
    const told = new Promise<Told>((onTold, onCompleted) => {
      subscribe({
        onStarted: () => resolve({ told }),
        onError(error) {
          reject(error)
          const { reason } = error.data as { reason: string }
          onTold({ reason, message: error.message, at: performance.now() })
        },
        onComplete: () => onCompleted(new Error('the stream ended as if all was sent')),
      })
    })
    told.catch(() => {})
  })
}

const live = (client: TestClient) =>
  opened((on) => client.live.onEvent.subscribe({ companyId }, { ...on, onData: () => {} }))
const log = (client: TestClient) => opened((on) => client.run.onLog.subscribe({ runId }, { ...on, onData: () => {} }))
const events = (client: TestClient) =>
  opened((on) => client.run.onEvent.subscribe({ runId }, { ...on, onData: () => {} }))

/** What an open stream is told, and how long it lived after `revoke` had answered. */
async function livesOn(what: string, stream: { told: Promise<Told> }, revoke: () => Promise<unknown>) {
  await revoke()
  const revokedAt = performance.now()
  const { reason, message, at } = await stream.told
  const ms = Math.round(at - revokedAt)
  console.log(`${what}: the open stream lived ${ms} ms longer, then: ${message}`)
  expect(ms).toBeLessThan(longestMs)
  return reason
}

/** Reads a download as a slow line does, until it is cut. */
async function readSlowly(token: string, path: string): Promise<{ begun: Promise<void>; cut: Promise<number> }> {
  const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } })
  if (!answer.body) throw new Error(`${path} has no body`)
  const reader = answer.body.getReader()
  const begun = reader.read().then(() => {})
  const cut = (async () => {
    await begun
    try {
      for (;;) {
        if ((await reader.read()).done) throw new Error('all of it was read')
        await sleep(2)
      }
    } catch (error) {
      if (error instanceof TypeError) return performance.now()
      throw error
    }
  })()
  return { begun, cut }
}

test("a download that takes long is cut when it is the receiver's no more", async () => {
  const { agentId: writer } = await hireAgent(server.client, sh('yes | head -c 134217728'))
  const written = await wake(server.client, writer)
  await runThatIs(server.client, written, 'succeeded')
  const { id: keyId, token } = await server.client.agent.createKey.mutate({ agentId: writer, name: 'ci' })
  const { begun, cut } = await readSlowly(token, `/api/runs/${written}/log`)
  await begun
  await server.client.agent.revokeKey.mutate({ agentId: writer, keyId })
  const revokedAt = performance.now()
  const ms = Math.round((await cut) - revokedAt)
  console.log(`a key revoked: the download went on for ${ms} ms`)
  expect(ms).toBeLessThan(longestMs)
})

test('a stream ends, with its reason, soon after the right to it: keys, tokens, seats, sessions, runs', async () => {
  const key = await server.client.agent.createKey.mutate({ agentId, name: 'ci' })
  const otherKey = await server.client.agent.createKey.mutate({ agentId, name: 'other' })
  const removed = await signedInPerson(sql, { companyId, role: 'viewer' })
  const signedOut = await signedInPerson(sql, { companyId, role: 'operator' })
  const person = as(await signedInPerson(sql, { companyId, role: 'owner' }))
  const revoked = await person.token.create.mutate({ name: 'revoked' })
  const expiring = await person.token.create.mutate({ name: 'expiring', companyId, role: 'viewer' })
  const ofOperator = await server.client.token.create.mutate({ name: 'automation' })
  const other = await wake(server.client, agentId)
  await runThatIs(server.client, other, 'running')
  const ofRun = runToken(Buffer.from(testSecretKey, 'base64'), other)
  const { items } = await server.client.member.list.query({ companyId })
  const memberId = items.find((member) => member.personId === removed.personId)?.id ?? ''

  const kept = await log(as(otherKey.token))
  let isKept = true
  kept.told.finally(() => (isKept = false)).catch(() => {})
  const reasons = await Promise.all([
    livesOn('an agent key revoked', await log(as(key.token)), () =>
      server.client.agent.revokeKey.mutate({ agentId, keyId: key.id }),
    ),
    livesOn('a member removed', await live(as(removed)), () =>
      server.client.member.remove.mutate({ companyId, memberId }),
    ),
    livesOn('a browser signed out', await events(as(signedOut)), () =>
      as(signedOut).account.signOutEverywhere.mutate(),
    ),
    livesOn('a personal token revoked', await live(as(revoked.token)), () =>
      person.token.revoke.mutate({ tokenId: revoked.id }),
    ),
    livesOn(
      'a personal token expired',
      await live(as(expiring.token)),
      () => sql`update personal_tokens set expires_at = now() where id = ${expiring.id}`,
    ),
    livesOn('a token of REVEILLE_TOKEN revoked', await log(as(ofOperator.token)), () =>
      server.client.token.revoke.mutate({ tokenId: ofOperator.id }),
    ),
    livesOn('a run ended', await log(as(ofRun)), async () => {
      await server.client.run.cancel.mutate({ runId: other })
      await runThatIs(server.client, other, 'cancelled')
    }),
  ])
  const unauthenticated = 'unauthenticated'
  expect(reasons).toEqual([
    unauthenticated,
    'not_found',
    unauthenticated,
    unauthenticated,
    unauthenticated,
    unauthenticated,
    unauthenticated,
  ])
  expect(isKept).toBe(true)
  expect(await server.client.run.get.query({ runId })).toMatchObject({ status: 'running' })
})
