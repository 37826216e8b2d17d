import type { RequestListener } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { startExecution } from '@/server/adapters/testing/execution'
import { closeHttpAgents, startHttpAgent, startTcp } from '@/server/adapters/testing/http-agent'
import { httpAdapter } from './adapter'
import { faultSentence } from './fault'

afterAll(closeHttpAgents)

const start = (url: string, config: Record<string, unknown> = {}) => startExecution(httpAdapter, { url, ...config })
const ok: RequestListener = (_request, response) => response.end('{"summary":"Fine."}')

describe('an agent that cannot be reached', () => {
  it('refuses the connection', async () => {
    const { url, close } = await startHttpAgent(ok)
    close()
    expect((await start(url).outcome).error).toMatch(
      /^Nothing answers at 127\.0\.0\.1:\d+: the connection was refused\.$/,
    )
  })

  it.each([
    ['ENOTFOUND', 'The name example.com was not found. Check the URL.'],
    ['EAI_AGAIN', 'The name example.com could not be resolved at the moment.'],
    ['EHOSTUNREACH', 'The host example.com:8443 could not be reached (EHOSTUNREACH).'],
    ['CERT_HAS_EXPIRED', 'The certificate of example.com:8443 has expired.'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'The certificate of example.com:8443 was issued for another name.'],
    ['EWHATEVER', 'The request to the agent at example.com:8443 failed (EWHATEVER).'],
  ])('fails with a sentence: %s', (code, sentence) => {
    const error = Object.assign(new Error('raw words'), { code })
    expect(faultSentence(error, 'https://me:secret@example.com:8443/path?key=secret')).toBe(sentence)
    expect(faultSentence(new AggregateError([error]), 'https://example.com:8443')).toBe(sentence)
  })

  it('does not speak TLS', async () => {
    const { url } = await startHttpAgent(ok)
    expect((await start(url.replace('http:', 'https:')).outcome).error).toMatch(/does not support TLS/)
  })

  it('does not speak HTTP', async () => {
    const { url } = await startTcp((socket) => socket.end('SSH-2.0-what\r\n'))
    expect((await start(url).outcome).error).toMatch(/is not HTTP\.$/)
  })

  it('closes the connection', async () => {
    const { url } = await startTcp((socket) => socket.destroy())
    expect((await start(url).outcome).error).toMatch(/closed the connection before it had responded\.$/)
  })

  it('closes it in the middle of its response', async () => {
    const { url } = await startHttpAgent((_request, response) => {
      response.write('{"summary":')
      response.on('close', () => {})
      setTimeout(() => response.destroy(), 20)
    })
    expect(await start(url).outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed', summary: null })
  })

  it('gets no request with a header whose secret is missing, or that breaks the request', async () => {
    const { url, asked } = await startHttpAgent(ok)
    const missing = start(url, { headers: { Authorization: { secret: 'TOKEN' } } })
    expect(await missing.outcome).toMatchObject({
      errorCode: 'invalid_config',
      error: 'The secret for the header Authorization was not found.',
    })
    expect((await start(url, { headers: { 'X-A': 'a\r\nX-B: b' } }).outcome).error).toMatch(
      /contains an invalid character/,
    )
    expect(asked).toEqual([])
  })
})

describe('a redirect', () => {
  it('is followed on the same host, with the body', async () => {
    const { url, asked } = await startHttpAgent((request, response) =>
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
    const other = await startHttpAgent(ok)
    const { url } = await startHttpAgent((_request, response) => response.writeHead(302, { location: other.url }).end())
    const outcome = await start(url, { headers: { Authorization: 'Bearer t' } }).outcome
    expect(outcome.error).toContain(`it redirects to another host, ${other.url}`)
    expect(other.asked).toEqual([])
  })

  it('is not followed endlessly', async () => {
    const { url, asked } = await startHttpAgent((_request, response) =>
      response.writeHead(301, { location: '/' }).end(),
    )
    expect((await start(url).outcome).error).toMatch(/redirects endlessly/)
    expect(asked.length).toBeLessThan(10)
  })
})
