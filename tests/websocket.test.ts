import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestDatabase } from '@/db/testing/database'
import { createTestClient } from './client'
import { eventually } from './eventually'
import { createProxy } from './proxy'
import { followLog, hireAgent, isWhole, type Outputs, runThatIs, sh, wake } from './scene'
import { endServers, startServer, type TestServer, urlOf } from './server'

const database = await createTestDatabase()
let server: TestServer
beforeAll(async () => {
  server = await startServer({ databaseUrl: urlOf(database.connection) })
})
afterAll(async () => {
  await endServers()
  await database.drop()
})

type LiveEvent = { id: string; type: string; payload: Record<string, unknown> }
type RunEvent = Outputs['run']['events']['items'][number]

/** The events of a company as they come, and what the run's own stream says until its end. */
function watch(client: TestServer['client'], companyId: string) {
  const live: LiveEvent[] = []
  const subscription = client.live.onEvent.subscribe({ companyId }, { onData: ({ data }) => void live.push(data) })
  return { live, leave: () => subscription.unsubscribe() }
}

async function begun(viewer: ReturnType<typeof watch>, agentId: string) {
  await eventually(async () => {
    await server.client.agent.update.mutate({ agentId, name: 'Begun' })
    return viewer.live.length > 0
  }, 'a first live event')
  return viewer
}

function followEvents(client: TestServer['client'], runId: string) {
  const events: RunEvent[] = []
  const done = new Promise<void>((resolve, reject) => {
    client.run.onEvent.subscribe(
      { runId },
      { onData: ({ data }) => void events.push(data), onComplete: resolve, onError: reject },
    )
  })
  return { events, done }
}

test('a socket that is cut again and again loses nothing and sends nothing twice: log, run events, live events', async () => {
  const proxy = await createProxy(server.url)
  const { client, close } = createTestClient(proxy.url, server.token)
  const script = 'i=0; while [ ! -e "$1" ]; do i=$((i+1)); echo "line $i: größer, 日本語, 🚀"; sleep 0.01; done'
  const file = `${server.dataDir}/cuts`
  const { agentId, companyId } = await hireAgent(server.client, sh(script, file))
  // One after the other, each with a first event: a viewer who is cut before that has no place to go on from.
  const straight = await begun(watch(server.client, companyId), agentId)
  const cut = await begun(watch(client, companyId), agentId)
  const runId = await wake(server.client, agentId)
  const log = followLog(client, runId)
  const events = followEvents(client, runId)
  for (let times = 0; times < 5; times++) {
    const seen = log.entries.length
    await eventually(() => log.entries.length > seen + 5, 'more lines')
    proxy.cut()
  }
  await server.client.run.cancel.mutate({ runId, reason: 'Cut enough.' })
  const run = await runThatIs(server.client, runId, 'cancelled')
  const text = await log.done
  expect(isWhole(log.entries)).toBe(true)
  expect(createHash('sha256').update(text).digest('hex')).toBe(run.logSha256)
  await events.done
  const stored = await server.client.run.events.query({ runId })
  expect(events.events).toEqual(stored.items)
  expect(events.events.map((event) => event.seq)).toEqual(stored.items.map((_event, at) => at + 1))

  const isFinal = (event: LiveEvent) => event.type === 'heartbeat.run.status' && event.payload.status === 'cancelled'
  for (const { live } of [straight, cut]) await eventually(() => live.some(isFinal), 'the final live event')
  const upToEnd = (live: LiveEvent[]) => live.slice(0, live.findIndex(isFinal) + 1).map((event) => event.id)
  // They may have begun at different moments; from there on they have seen the same.
  const [whole, pieced] = [upToEnd(straight.live), upToEnd(cut.live)]
  expect(pieced.length).toBeGreaterThan(2)
  expect(whole.slice(-pieced.length)).toEqual(pieced)
  expect(new Set(cut.live.map((event) => event.id)).size).toBe(cut.live.length)
  close()
  await proxy.close()
})

test('a follower who begins in the middle of a character begins at the next one', async () => {
  const { agentId } = await hireAgent(server.client, sh('printf "日本語"'))
  const runId = await wake(server.client, agentId)
  await runThatIs(server.client, runId, 'succeeded')
  expect(await followLog(server.client, runId, 1).done).toBe('本語')
})

test('a viewer who reads nothing keeps nobody waiting, and the server does not hold the log for it', async () => {
  const mebibytes = 64
  const script = `head -c ${mebibytes * 1_048_576} /dev/zero | tr '\\0' x`
  const { agentId } = await hireAgent(server.client, sh(script))
  const rssBefore = await rss()
  const runId = await wake(server.client, agentId)
  const paused = await pausedViewer(runId)
  const others = [followLog(server.client, runId), followLog(server.client, runId)]
  const run = await runThatIs(server.client, runId, 'succeeded')
  expect(run.logBytes).toBe(mebibytes * 1_048_576)
  for (const other of others) expect((await other.done).length).toBe(run.logBytes)
  // Far less than the log that the paused viewer has not read.
  expect((await rss()) - rssBefore).toBeLessThan(200)
  paused.terminate()
})

/** Follows the log by hand, and stops reading from its socket with the first message of it. */
async function pausedViewer(runId: string): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/trpc?connectionParams=1`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token: server.token } }))
  socket.send(
    JSON.stringify({ id: 1, method: 'subscription', params: { path: 'run.onLog', input: { runId, offset: 0 } } }),
  )
  await once(socket, 'message')
  socket.pause()
  return socket
}

/** MiB, as the server itself tells. */
async function rss(): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]) / 1_048_576
}

test('a socket without a good token is told so by its calls, and a page of another site gets none', async () => {
  const { agentId } = await hireAgent(server.client, sh('true'))
  const runId = await wake(server.client, agentId)
  const { client, close } = createTestClient(server.url, 'no such token at all')
  await expect(followLog(client, runId).done).rejects.toMatchObject({ data: { reason: 'unauthenticated' } })
  close()
  const foreign = new WebSocket(`${server.url.replace('http', 'ws')}/api/trpc`, { origin: 'https://elsewhere.example' })
  const [error] = await once(foreign, 'error')
  expect(error.message).toContain('403')
})
