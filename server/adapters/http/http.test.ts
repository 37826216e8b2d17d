import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { type Given, startExecution } from '@/server/adapters/testing/execution'
import { until } from '@/server/runner/fixtures/run-fixture'
import { httpAdapter } from './adapter'
import { check } from './check'
import { httpConfigSchema } from './config'
import { faultSentence } from './fault'

const servers: { close(): void }[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push({
    close: () => {
      if ('closeAllConnections' in server) server.closeAllConnections()
      server.close()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Asked = { method: string; url: string; headers: IncomingMessage['headers']; body: string }

/** An agent that keeps what it was asked, and answers as the test says. */
async function agent(answer: RequestListener) {
  const asked: Asked[] = []
  const url = await listen(
    createServer((request, response) => {
      let body = ''
      request.on('data', (part) => (body += part))
      request.on('end', () => {
        asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
        answer(request, response)
      })
    }),
  )
  return { url, asked }
}

function start(url: string, config: Record<string, unknown> = {}, given: Given = {}) {
  return startExecution(httpAdapter, { url, ...config }, given)
}

const ok: RequestListener = (_request, response) => response.end('{"summary":"Fine."}')

describe('a sync http run', () => {
  it('takes the answer as its result, and its body as the log', async () => {
    const report = {
      summary: 'Fine.',
      result: { a: 1 },
      usage: { inputTokens: 5, outputTokens: 2 },
      costUsd: 0.01,
      sessionId: 's',
    }
    const { url, asked } = await agent((_request, response) => response.end(JSON.stringify(report)))
    const run = start(url)
    expect(await run.outcome).toMatchObject({
      ...report,
      usage: { ...report.usage, cachedInputTokens: 0 },
      end: 'succeeded',
      errorCode: null,
      exitCode: null,
    })
    expect(run.seen.stdout).toBe(JSON.stringify(report))
    expect(asked[0]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } })
  })

  it('sends the payload with its texts filled in, and what the agent needs to know above it', async () => {
    const { url, asked } = await agent(ok)
    const payloadTemplate = { who: '{{agent.name}}', deep: [{ ticket: '#{{context.ticket}}' }], runId: 'mine' }
    const config = { payloadTemplate, headers: { 'X-Team': 'blue', 'Content-Type': 'application/vnd.x+json' } }
    const { run, outcome } = start(url, config, { context: { ticket: 7 } })
    await outcome
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      who: 'Ada',
      deep: [{ ticket: '#7' }],
      agentId: run.agentId,
      runId: run.id,
      companyId: run.companyId,
      context: { ticket: 7 },
    })
    expect(asked[0]?.headers).toMatchObject({ 'x-team': 'blue', 'content-type': 'application/vnd.x+json' })
  })

  it('sends no body with GET', async () => {
    const { url, asked } = await agent(ok)
    await start(`${url}/path?q=1`, { method: 'GET' }).outcome
    expect(asked).toEqual([expect.objectContaining({ method: 'GET', url: '/path?q=1', body: '' })])
  })

  it('never tells header values, user or query in its events', async () => {
    const { url } = await agent(ok)
    const { outcome, seen } = start(`${url.replace('://', '://me:hunter2@')}/x?key=hunter2`, {
      headers: { Authorization: 'Bearer hunter2' },
    })
    expect(await outcome).toMatchObject({ end: 'succeeded' })
    expect(JSON.stringify(seen.events)).not.toContain('hunter2')
  })

  it('shows the answer as it comes', async () => {
    let finish: () => void = () => {}
    const { url } = await agent((_request, response) => {
      response.write('one\n')
      finish = () => response.end('two\n')
    })
    const run = start(url)
    await until(() => run.seen.stdout === 'one\n')
    finish()
    expect(await run.outcome).toMatchObject({ end: 'succeeded' })
    expect(run.seen.stdout).toBe('one\ntwo\n')
  })

  it.each([
    ['plain words', 'it is not JSON'],
    ['[1]', 'it is not a JSON object'],
    [JSON.stringify({ result: 'x'.repeat(1024 * 1024) }), 'it is larger than 1 MiB'],
  ])('stands where the answer is no result, with a warning', async (body, why) => {
    const { url } = await agent((_request, response) => response.end(body))
    const run = start(url)
    expect(await run.outcome).toMatchObject({ end: 'succeeded', summary: null })
    expect(run.warnings()).toEqual([expect.stringContaining(why)])
    expect(run.seen.stdout).toBe(body)
  })

  it('may have nothing to say', async () => {
    const { url } = await agent((_request, response) => response.writeHead(204).end())
    const run = start(url)
    expect(await run.outcome).toMatchObject({ end: 'succeeded' })
    expect(run.warnings()).toEqual([])
  })

  it('fails when the agent says so', async () => {
    const { url } = await agent((_request, response) => response.end('{"error":"No such ticket.","costUsd":1}'))
    const error = 'No such ticket.'
    expect(await start(url).outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', error, costUsd: 1 })
  })

  it('fails with the status, and keeps the body in the log', async () => {
    const { url } = await agent((_request, response) => response.writeHead(503).end('{"summary":"no"}'))
    const run = start(url)
    const error = 'The agent answered with 503 Service Unavailable.'
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', error, summary: null })
    expect(run.seen.stdout).toBe('{"summary":"no"}')
  })

  it('is stopped by the signal, in the middle of an answer', async () => {
    let isClosed = false
    const { url } = await agent((_request, response) => {
      response.write('begun')
      response.on('close', () => {
        isClosed = true
      })
    })
    const run = start(url)
    await until(() => run.seen.stdout === 'begun')
    run.stop('cancelled')
    expect(await run.outcome).toMatchObject({ end: 'stopped', errorCode: null, error: null })
    await until(() => isClosed)
  })

  it('is timed out after its time, also by an agent that trickles', async () => {
    const { url } = await agent((_request, response) => {
      const timer = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(timer))
    })
    const error = 'The agent did not answer within 1 second.'
    expect(await start(url, { timeoutSec: 1 }).outcome).toMatchObject({ end: 'timed_out', errorCode: 'timeout', error })
  })
})

describe('an agent that can not be asked', () => {
  it('refuses the connection', async () => {
    const { url } = await agent(ok)
    servers.pop()?.close()
    expect((await start(url).outcome).error).toMatch(
      /^Nothing answers at 127\.0\.0\.1:\d+: the connection was refused\.$/,
    )
  })

  it.each([
    ['ENOTFOUND', 'The name example.com was not found. Check the URL.'],
    ['EAI_AGAIN', 'The name example.com could not be looked up at the moment.'],
    ['EHOSTUNREACH', 'The host example.com:8443 could not be reached (EHOSTUNREACH).'],
    ['CERT_HAS_EXPIRED', 'The certificate of example.com:8443 has expired.'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'The certificate of example.com:8443 was made for another name.'],
    ['EWHATEVER', 'The agent at example.com:8443 could not be asked (EWHATEVER).'],
  ])('is told of in words: %s', (code, sentence) => {
    const error = Object.assign(new Error('raw words'), { code })
    expect(faultSentence(error, 'https://me:secret@example.com:8443/path?key=secret')).toBe(sentence)
    expect(faultSentence(new AggregateError([error]), 'https://example.com:8443')).toBe(sentence)
  })

  it('does not speak TLS', async () => {
    const { url } = await agent(ok)
    expect((await start(url.replace('http:', 'https:')).outcome).error).toMatch(/does not speak TLS/)
  })

  it('does not speak HTTP', async () => {
    const url = await listen(createTcpServer((socket) => socket.end('SSH-2.0-what\r\n')))
    expect((await start(url).outcome).error).toMatch(/is not HTTP\.$/)
  })

  it('closes the connection', async () => {
    const url = await listen(createTcpServer((socket) => socket.destroy()))
    expect((await start(url).outcome).error).toMatch(/closed the connection before it had answered\.$/)
  })

  it('closes it in the middle of its answer', async () => {
    const { url } = await agent((_request, response) => {
      response.write('{"summary":')
      response.on('close', () => {})
      setTimeout(() => response.destroy(), 20)
    })
    expect(await start(url).outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', summary: null })
  })

  it('is not asked with a header whose secret is missing, or that breaks the request', async () => {
    const { url, asked } = await agent(ok)
    const missing = start(url, { headers: { Authorization: { secret: 'TOKEN' } } })
    expect(await missing.outcome).toMatchObject({
      errorCode: 'invalid_config',
      error: 'The secret for the header Authorization was not found.',
    })
    expect((await start(url, { headers: { 'X-A': 'a\r\nX-B: b' } }).outcome).error).toMatch(/may not stand there/)
    expect(asked).toEqual([])
  })
})

describe('a redirect', () => {
  it('is followed on the same host, with the body', async () => {
    const { url, asked } = await agent((request, response) =>
      request.url === '/a' ? response.writeHead(307, { location: '/b' }).end() : ok(request, response),
    )
    expect(await start(`${url}/a`).outcome).toMatchObject({ end: 'succeeded', summary: 'Fine.' })
    expect(asked.map(({ method, url: path }) => [method, path])).toEqual([
      ['POST', '/a'],
      ['POST', '/b'],
    ])
    expect(asked[1]?.body).toBe(asked[0]?.body)
  })

  it('is not followed to another host', async () => {
    const other = await agent(ok)
    const { url } = await agent((_request, response) => response.writeHead(302, { location: other.url }).end())
    const outcome = await start(url, { headers: { Authorization: 'Bearer t' } }).outcome
    expect(outcome.error).toContain(`it redirects to another host, ${other.url}`)
    expect(other.asked).toEqual([])
  })

  it('is not followed for ever', async () => {
    const { url, asked } = await agent((_request, response) => response.writeHead(301, { location: '/' }).end())
    expect((await start(url).outcome).error).toMatch(/redirects without end/)
    expect(asked.length).toBeLessThan(10)
  })
})

describe('a callback run', () => {
  const accept: RequestListener = (_request, response) => response.writeHead(202).end('accepted')

  it('goes on after the agent has accepted, until its result is posted', async () => {
    const { url, asked } = await agent(accept)
    const run = start(url, { mode: 'callback' }, { apiUrl: 'http://127.0.0.1:7/' })
    await until(() => run.seen.stdout === 'accepted')
    const { callbackUrl, token } = JSON.parse(asked[0]?.body ?? '')
    expect(callbackUrl).toBe(`http://127.0.0.1:7/api/runs/${run.run.id}/result`)
    expect(token).toBe(run.env.REVEILLE_API_KEY)
    expect(await Promise.race([run.outcome, 'still running'])).toBe('still running')
    run.post({ summary: 'Done at last.', costUsd: -1 })
    expect(await run.outcome).toMatchObject({ end: 'succeeded', summary: 'Done at last.', costUsd: null })
    expect(run.warnings()).toEqual([expect.stringContaining('costUsd was ignored')])
  })

  it('is over with its result also while the agent goes on talking', async () => {
    const { url } = await agent((_request, response) => void response.write('working'))
    const run = start(url, { mode: 'callback' })
    await until(() => run.seen.stdout === 'working')
    run.post({ error: 'It did not work.' })
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', error: 'It did not work.' })
  })

  it('fails at once where the agent does not accept', async () => {
    const { url } = await agent((_request, response) => response.writeHead(400).end())
    const error = 'The agent answered with 400 Bad Request.'
    expect(await start(url, { mode: 'callback' }).outcome).toMatchObject({ end: 'failed', error })
  })

  it('is stopped by the signal, or timed out', async () => {
    const { url } = await agent(accept)
    const run = start(url, { mode: 'callback' })
    await until(() => run.seen.stdout === 'accepted')
    run.stop('cancelled')
    expect(await run.outcome).toMatchObject({ end: 'stopped' })
    const error = 'The agent did not post its result within 1 second.'
    expect(await start(url, { mode: 'callback', timeoutSec: 1 }).outcome).toMatchObject({ end: 'timed_out', error })
  })
})

describe('the http config', () => {
  it('has defaults', () => {
    expect(httpConfigSchema.parse({ url: 'https://example.com' })).toEqual({
      url: 'https://example.com',
      method: 'POST',
      headers: {},
      payloadTemplate: {},
      timeoutSec: 60,
      mode: 'sync',
    })
  })

  it.each([
    ['url', { url: 'ftp://example.com' }],
    ['url', { url: 'nowhere' }],
    ['method', { url: 'http://a', method: 'BREW' }],
    ['headers.a b', { url: 'http://a', headers: { 'a b': '' } }],
    ['headers.Host', { url: 'http://a', headers: { Host: 'b' } }],
    ['mode', { url: 'http://a', mode: 'later' }],
  ])('is refused at %s', (path, config) => {
    expect(httpConfigSchema.safeParse(config).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
  })
})

it('is checked without being asked', async () => {
  const { url, asked } = await agent(ok)
  expect(await check(httpConfigSchema.parse({ url }))).toEqual([
    { name: 'address', level: 'info', message: expect.stringContaining('can be reached') },
  ])
  servers.pop()?.close()
  expect(await check(httpConfigSchema.parse({ url }))).toMatchObject([{ level: 'error' }])
  expect(asked).toEqual([])
})
