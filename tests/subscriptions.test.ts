import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestDatabase } from '@/db/testing/database'
import { eventually } from './eventually'
import { hireAgent } from './scene'
import { endServers, startServer, type TestServer, urlOf } from './server'

const database = await createTestDatabase()
let server: TestServer
let companyId: string
beforeAll(async () => {
  server = await startServer({ databaseUrl: urlOf(database.connection) })
  const hired = await hireAgent(server.client, { command: 'true' })
  companyId = hired.companyId
})
afterAll(async () => {
  await endServers()
  await database.drop()
})

type Answer = { id: number; error?: { message: string; data: { reason: string; retryAfterSec: number } } }

/** A socket that speaks tRPC's protocol itself: the client that we ship never sends the same id twice. */
async function openSocket(token: string) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/trpc?connectionParams=1`)
  const answers: Answer[] = []
  let started = 0
  socket.on('message', (data) => {
    if (String(data) === 'PING') return socket.send('PONG')
    const answer = JSON.parse(String(data))
    if (answer.result?.type === 'started') started += 1
    else if (answer.error) answers.push(answer)
  })
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token } }))
  return {
    errors: answers,
    started: () => started,
    subscribe(id: number) {
      const params = { path: 'live.onEvent', input: { companyId } }
      socket.send(JSON.stringify({ id, method: 'subscription', params }))
    },
    unsubscribe: (id: number) => socket.send(JSON.stringify({ id, method: 'subscription.stop' })),
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

async function viewerToken(name: string): Promise<string> {
  return (await server.client.token.create.mutate({ name, companyId, role: 'viewer' })).token
}

test('a connection has 200 subscriptions at most, and room again when one ends', async () => {
  const socket = await openSocket(await viewerToken('one connection'))
  for (let id = 1; id <= 205; id++) socket.subscribe(id)
  await eventually(() => socket.started() + socket.errors.length === 205, 'all answers')
  expect(socket.started()).toBe(200)
  expect(socket.errors.map(({ error }) => error?.data.reason)).toEqual(Array(5).fill('rate_limited'))
  expect(socket.errors[0]?.error?.message).toContain('200 subscriptions')
  expect(socket.errors[0]?.error?.data.retryAfterSec).toBeGreaterThan(0)
  socket.unsubscribe(1)
  let id = 1000
  await eventually(() => {
    socket.subscribe(id++)
    return socket.started() > 200
  }, 'room for one more')
  await socket.close()
})

test('a credential has 1,000 subscriptions at most, however many connections it opens', async () => {
  const token = await viewerToken('many connections')
  const sockets = await Promise.all(Array.from({ length: 6 }, () => openSocket(token)))
  for (const socket of sockets.slice(0, 5)) for (let id = 1; id <= 200; id++) socket.subscribe(id)
  await eventually(() => sockets.slice(0, 5).every((socket) => socket.started() === 200), 'a thousand')
  const [last] = sockets.slice(5)
  if (!last) throw new Error('six sockets were opened')
  last.subscribe(1)
  await eventually(() => last.errors.length === 1, 'a refusal')
  expect(last.errors[0]?.error?.message).toContain('1000 subscriptions')

  const other = await openSocket(await viewerToken('somebody else'))
  other.subscribe(1)
  await eventually(() => other.started() === 1, 'another credential is served')

  await sockets[0]?.close()
  let id = 2
  await eventually(() => {
    last.subscribe(id++)
    return last.started() > 0
  }, 'room where a connection has closed')
  await Promise.all([...sockets.slice(1), other].map((socket) => socket.close()))
})

test('subscriptions with an id that is in use are refused, and take no room once their connection has closed', async () => {
  const token = await viewerToken('the same id')
  for (let round = 0; round < 7; round++) {
    const socket = await openSocket(token)
    for (let times = 0; times < 180; times++) socket.subscribe(7)
    await eventually(() => socket.started() + socket.errors.length === 180, 'all answers')
    expect(socket.started()).toBe(1)
    await socket.close()
  }
  const socket = await openSocket(token)
  socket.subscribe(1)
  await eventually(() => socket.started() === 1, 'a subscription after 1,260')
  await socket.close()
})
