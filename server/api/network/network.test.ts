import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { packageRoot } from '@/db/package-root'
import { createTestDatabase } from '@/db/testing/database'
import { endServers, launchServer, newDataDir, startServer, type TestServer, urlOf } from '@/tests/server'
import { toastStyles } from './headers'

const database = await createTestDatabase()
let server: TestServer
beforeAll(async () => {
  const env = { REVEILLE_ALLOWED_HOSTS: 'box.lan, other.lan:8080', REVEILLE_PUBLIC_URL: 'http://reveille.example' }
  server = await startServer({ databaseUrl: urlOf(database.connection), env })
})
afterAll(async () => {
  await endServers()
  await database.drop()
})

type Sent = { path?: string; method?: string; headers?: Record<string, string>; body?: string }

/** Node's fetch sets Host by itself. */
async function send({ path = '/api/trpc/company.list', method = 'GET', headers = {}, body }: Sent) {
  const authorization = `Bearer ${server.token}`
  const request = httpRequest(server.url + path, { method, headers: { authorization, ...headers }, agent: false })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const part of response) text += part
  return { status: response.statusCode, headers: response.headers, text }
}

/** What the server answers to these bytes, until it closes. */
async function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text) => (answer += text))
  socket.on('error', () => {})
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

const post = { path: '/api/trpc/company.create', method: 'POST', body: '{"name":"Acme"}' }
const json = { 'content-type': 'application/json' }

test('only requests under the names of this server are answered, on every kind of path', async () => {
  const { port } = new URL(server.url)
  const good = [
    'localhost',
    `localhost:${port}`,
    '127.0.0.1:1',
    `[::1]:${port}`,
    'box.lan',
    'BOX.lan:99',
    'other.lan:8080',
  ]
  for (const host of [...good, 'reveille.example', 'reveille.example:3000']) {
    expect([host, (await send({ headers: { host } })).status]).toEqual([host, 200])
  }
  const bad = [
    'evil.example',
    'localhost.evil.example',
    'other.lan:1',
    '169.254.169.254',
    '10.0.0.1',
    '1.evil.example:3000',
  ]
  for (const host of bad) {
    for (const path of ['/api/trpc/company.list', '/', '/metrics', '/sign-in']) {
      expect([host, path, (await send({ path, headers: { host } })).status]).toEqual([host, path, 403])
    }
    expect((await send({ path: '/healthz', headers: { host } })).status).toBe(200)
  }
  for (const host of ['a b', 'a/b', 'u@localhost', '%']) expect((await send({ headers: { host } })).status).toBe(400)
})

test('a change is accepted only from pages of this server', async () => {
  const companies = async () => (await database.sql`select from companies`).length
  const before = await companies()
  for (const origin of [server.url, 'http://reveille.example']) {
    expect((await send({ ...post, headers: { ...json, origin } })).status).toBe(200)
  }
  const foreign = ['https://evil.example', 'null', 'http://localhost:1', 'https://127.0.0.1', 'file://', 'nonsense']
  for (const origin of foreign) {
    expect([origin, (await send({ ...post, headers: { ...json, origin } })).status]).toEqual([origin, 403])
  }
  const silent = await send({ ...post, headers: { ...json, 'sec-fetch-site': 'cross-site' } })
  expect(silent.status).toBe(403)
  expect(await companies()).toBe(before + 2)
})

test('a socket is refused under another name, from a page of another site, and without a path, and the server stays up', async () => {
  const url = `${server.url.replace('http', 'ws')}/api/trpc`
  for (const headers of [{ host: 'evil.example' }, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    const socket = new WebSocket(url, { headers })
    const [error] = await once(socket, 'error')
    expect(error.message).toContain('403')
  }
  const upgrade = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
  for (const path of ['//[', '/\\[', 'http://[/', '//evil.example/api/trpc']) {
    expect(await raw(`GET ${path} HTTP/1.1\r\n${upgrade}`)).toMatch(/^HTTP\/1\.1 400/)
  }
  expect((await send({ path: '/healthz' })).status).toBe(200)
})

test('hostile requests end with a 4xx: smuggled lengths, two hosts, no host, huge headers, absolute and broken paths', async () => {
  const host = 'Host: localhost\r\n'
  const end = 'Connection: close\r\n\r\n'
  const requests = [
    `GET / HTTP/1.1\r\n${end}`,
    `GET / HTTP/1.1\r\n${host}Host: evil.example\r\n${end}`,
    `POST /api/sign-in HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\n`,
    `POST /api/sign-in HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n${end}12345`,
    `POST /api/sign-in HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n${end}0\r\n\r\n`,
    `GET / HTTP/1.1\r\n${host}X-Huge: ${'x'.repeat(70_000)}\r\n${end}`,
    `GET / HTTP/1.1\r\n${host}X-Smuggled: a\nHost: evil.example\r\n Folded: b\r\n${end}`,
    `GET //evil.example/ HTTP/1.1\r\n${host}${end}`,
    `GET http://evil.example/ HTTP/1.1\r\n${host}${end}`,
    `GET /\\evil.example HTTP/1.1\r\n${host}${end}`,
    `GET //[ HTTP/1.1\r\n${host}${end}`,
    `CONNECT evil.example:80 HTTP/1.1\r\n${host}${end}`,
    `TRACE / HTTP/1.1\r\n${host}${end}`,
    `nonsense\r\n\r\n`,
  ]
  for (const request of requests) {
    const answer = await raw(request)
    expect([request.slice(0, 80), answer.slice(0, 30)]).toEqual([
      request.slice(0, 80),
      expect.stringMatching(/^(HTTP\/1\.1 4\d\d|$)/),
    ])
    expect(answer).not.toMatch(/at .*\.(ts|js|mjs)|postgres|select /i)
  }
  expect((await send({ path: '/healthz' })).status).toBe(200)
})

test('every answer has the security headers, and every page a policy with a new nonce', async () => {
  const paths = ['/', '/sign-in', '/api/trpc/company.list', '/api/nothing', '/nothing', '/metrics']
  for (const path of paths) {
    const { headers } = await send({ path })
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers).not.toHaveProperty('x-powered-by')
  }
  const nonces = await Promise.all(
    [0, 1].map(async () => (await send({ path: '/' })).headers['content-security-policy']),
  )
  expect(nonces[0]).not.toBe(nonces[1])
})

test('a page accepts only style sheets of this server, with its nonce, and the one of its toasts', async () => {
  const source = readFileSync(join(packageRoot(), 'node_modules', 'sonner', 'dist', 'index.mjs'), 'utf8')
  const [, sheet = ''] = /__insertCSS\(("(?:[^"\\]|\\.)*")\)/.exec(source) ?? []
  expect(toastStyles).toBe(`sha256-${createHash('sha256').update(JSON.parse(sheet)).digest('base64')}`)
  const { headers } = await send({ path: '/sign-in' })
  const [styles = ''] = /style-src [^;]+/.exec(String(headers['content-security-policy'])) ?? []
  expect(styles).toMatch(/^style-src 'self' 'nonce-[\w+/=]+'( 'sha256-[\w+/=]+'){2}$/)
})

test('guesses are limited with Retry-After over HTTP; a caller with the token is not', async () => {
  const guess = () => send({ headers: { authorization: `Bearer ${Math.random()}` } })
  expect((await send({})).status).toBe(200)
  const answers = []
  for (let round = 0; round < 30; round++) answers.push(...(await Promise.all(Array.from({ length: 25 }, guess))))
  const statuses = new Set(answers.map((answer) => answer.status))
  expect([...statuses].sort()).toEqual([401, 429])
  const limited = answers.find((answer) => answer.status === 429)
  expect(Number(limited?.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(JSON.parse(limited?.text ?? '').error.data).toMatchObject({
    reason: 'rate_limited',
    code: 'TOO_MANY_REQUESTS',
  })
  expect((await send({})).status).toBe(200)
})

test('a batch has at most a hundred calls, and a body at most two mebibytes', async () => {
  const batch = Array(101).fill('adapter.list').join(',')
  expect((await send({ path: `/api/trpc/${batch}?batch=1&input={}` })).status).toBe(400)
  const body = JSON.stringify({ name: 'x'.repeat(3_000_000) })
  expect((await send({ ...post, body, headers: json })).status).toBe(413)
})

test('a server with a public bind does not start before it has an owner', async () => {
  const dataDir = newDataDir()
  const databaseUrl = urlOf(database.connection)
  const closed = await launchServer({ dataDir, databaseUrl, env: { HOST: '0.0.0.0', REVEILLE_TOKEN: '' } })
  expect(await closed.exited).toEqual({ code: 1, signal: null })
  expect(closed.output().stderr).toMatch(/^reveille: HOST 0\.0\.0\.0 can be reached .* REVEILLE_TOKEN/m)
  expect(closed.output().stdout).toBe('')
  const open = await launchServer({ dataDir, databaseUrl, env: { HOST: '0.0.0.0' } })
  await open.ready
  open.child.kill('SIGTERM')
  expect((await open.exited).code).toBe(0)
})
