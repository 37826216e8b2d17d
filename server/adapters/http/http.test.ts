import type { RequestListener } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { type Given, startExecution } from '@/server/adapters/testing/execution'
import { closeHttpAgents, startHttpAgent } from '@/server/adapters/testing/http-agent'
import { until } from '@/server/processes/fixtures/run-fixture'
import { httpAdapter } from './adapter'
import { check } from './check'
import { httpConfigSchema } from './config'

afterAll(closeHttpAgents)

function start(url: string, config: Record<string, unknown> = {}, given: Given = {}) {
  return startExecution(httpAdapter, { url, ...config }, given)
}

const ok: RequestListener = (_request, response) => response.end('{"summary":"Fine."}')

describe('a sync http run', () => {
  it('takes the response as its result, and its body as the log', async () => {
    const report = {
      summary: 'Fine.',
      result: { a: 1 },
      usage: { inputTokens: 5, outputTokens: 2 },
      costUsd: 0.01,
      sessionId: 's',
    }
    const { url, asked } = await startHttpAgent((_request, response) => response.end(JSON.stringify(report)))
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

  it('sends the payload with its texts filled in, overridden by the ids and the context', async () => {
    const { url, asked } = await startHttpAgent(ok)
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
    const { url, asked } = await startHttpAgent(ok)
    await start(`${url}/path?q=1`, { method: 'GET' }).outcome
    expect(asked).toEqual([expect.objectContaining({ method: 'GET', url: '/path?q=1', body: '' })])
  })

  it('never shows header values, user or query in its events', async () => {
    const { url } = await startHttpAgent(ok)
    const { outcome, seen } = start(`${url.replace('://', '://me:hunter2@')}/x?key=hunter2`, {
      headers: { Authorization: 'Bearer hunter2' },
    })
    expect(await outcome).toMatchObject({ end: 'succeeded' })
    expect(JSON.stringify(seen.events)).not.toContain('hunter2')
  })

  it('logs the response as it arrives', async () => {
    let finish: () => void = () => {}
    const { url } = await startHttpAgent((_request, response) => {
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
  ])('succeeds where the response is not a result, with a warning', async (body, why) => {
    const { url } = await startHttpAgent((_request, response) => response.end(body))
    const run = start(url)
    expect(await run.outcome).toMatchObject({ end: 'succeeded', summary: null })
    expect(run.warnings()).toEqual([`The response of the agent was not used as its result: ${why}.`])
    expect(run.seen.stdout).toBe(body)
  })

  it('may have an empty response', async () => {
    const { url } = await startHttpAgent((_request, response) => response.writeHead(204).end())
    const run = start(url)
    expect(await run.outcome).toMatchObject({ end: 'succeeded' })
    expect(run.warnings()).toEqual([])
  })

  it('fails when the agent reports an error', async () => {
    const { url } = await startHttpAgent((_request, response) =>
      response.end('{"error":"No such ticket.","costUsd":1}'),
    )
    const error = 'No such ticket.'
    expect(await start(url).outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', error, costUsd: 1 })
  })

  it.each([
    ['{"error":{"message":"model overloaded","code":529}}', 'model overloaded'],
    ['{"error":{"code":-32000}}', '{"code":-32000}'],
    ['{"error":true,"message":"no"}', 'no'],
    ['{"error":[{"message":"one"},"two"]}', 'one two'],
    [`{"error":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 'The agent reports a failure without a reason.'],
    ['{"error":{}}', 'The agent reports a failure without a reason.'],
    ['{"error":[null]}', 'The agent reports a failure without a reason.'],
    ['{"error":[""],"message":"no"}', 'no'],
    ['{"error":" "}', 'The agent reports a failure without a reason.'],
  ])('fails when the agent reports an error in another shape: %s', async (body, error) => {
    const { url } = await startHttpAgent((_request, response) => response.end(body))
    expect(await start(url).outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', error })
  })

  it.each(['{"error":null}', '{"error":false}', '{"error":""}', '{"error":[]}'])('succeeds with %s', async (body) => {
    const { url } = await startHttpAgent((_request, response) => response.end(body))
    expect(await start(url).outcome).toMatchObject({ end: 'succeeded' })
  })

  it.each([
    ['{"error":"the database is down","costUsd":0.5,"usage":{"inputTokens":3}}', ': the database is down', 0.5],
    ['{"message":"not now"}', ': not now', null],
    ['<html>', '.', null],
  ])('fails with the status and the message of the agent: %s', async (body, said, costUsd) => {
    const { url } = await startHttpAgent((_request, response) => response.writeHead(500).end(body))
    const run = start(url)
    const error = `The agent responded with 500 Internal Server Error${said}`
    expect(await run.outcome).toMatchObject({ end: 'failed', error, costUsd, usage: costUsd && { inputTokens: 3 } })
    expect(run.warnings()).toEqual([])
  })

  it('fails with the status, and keeps the body in the log', async () => {
    const { url } = await startHttpAgent((_request, response) => response.writeHead(503).end('{"summary":"no"}'))
    const run = start(url)
    const error = 'The agent responded with 503 Service Unavailable.'
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', error, summary: null })
    expect(run.seen.stdout).toBe('{"summary":"no"}')
  })

  it('is stopped by the signal in the middle of a response', async () => {
    let isClosed = false
    const { url } = await startHttpAgent((_request, response) => {
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

  it('times out, also with an agent that responds slowly', async () => {
    const { url } = await startHttpAgent((_request, response) => {
      const timer = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(timer))
    })
    const error = 'The agent did not answer within 1 second.'
    expect(await start(url, { timeoutSec: 1 }).outcome).toMatchObject({ end: 'timed_out', errorCode: 'timeout', error })
  })
})

describe('a callback run', () => {
  const accept: RequestListener = (_request, response) => response.writeHead(202).end('accepted')

  it('continues after the agent has accepted, until its result is posted', async () => {
    const { url, asked } = await startHttpAgent(accept)
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

  it('ends with its result also while the agent is still responding', async () => {
    const { url } = await startHttpAgent((_request, response) => void response.write('working'))
    const run = start(url, { mode: 'callback' })
    await until(() => run.seen.stdout === 'working')
    run.post({ error: 'It did not work.' })
    expect(await run.outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', error: 'It did not work.' })
  })

  it('fails at once where the agent does not accept', async () => {
    const { url } = await startHttpAgent((_request, response) => response.writeHead(400).end())
    const error = 'The agent responded with 400 Bad Request.'
    expect(await start(url, { mode: 'callback' }).outcome).toMatchObject({ end: 'failed', error })
  })

  it('is stopped by the signal, or times out', async () => {
    const { url } = await startHttpAgent(accept)
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

it('is checked without a request', async () => {
  const { url, asked, close } = await startHttpAgent(ok)
  expect(await check(httpConfigSchema.parse({ url }))).toEqual([
    { name: 'address', level: 'info', message: expect.stringContaining('can be reached') },
  ])
  close()
  expect(await check(httpConfigSchema.parse({ url }))).toMatchObject([{ level: 'error' }])
  expect(asked).toEqual([])
})
