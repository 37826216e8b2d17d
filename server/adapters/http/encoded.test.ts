import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { startExecution } from '@/server/adapters/testing/execution'
import { closeHttpAgents, startHttpAgent } from '@/server/adapters/testing/http-agent'
import { httpAdapter } from './adapter'
import { maxDecodedBytes } from './decode'

afterAll(closeHttpAgents)

describe('a compressed response', () => {
  const text = JSON.stringify({ summary: 'Fine.' })
  const answers: [string, Buffer][] = [
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
    ['br, GZIP', gzipSync(brotliCompressSync(text))],
  ]
  const run = async (encoding: string, body: Buffer) => {
    const { url } = await startHttpAgent((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    )
    return startExecution(httpAdapter, { url })
  }

  it.each(answers)('as %s is read, and its text is the log', async (encoding, body) => {
    const asked = await run(encoding, body)
    expect(await asked.outcome).toMatchObject({ end: 'succeeded', summary: 'Fine.' })
    expect(asked.seen.stdout).toBe(text)
  })

  it('may be empty', async () => {
    expect(await (await run('gzip', Buffer.alloc(0))).outcome).toMatchObject({ end: 'succeeded' })
  })

  it('in an unsupported encoding is not a result, with a warning', async () => {
    const asked = await run('zstd', Buffer.from('what'))
    expect(await asked.outcome).toMatchObject({ end: 'succeeded', summary: null })
    expect(asked.warnings()[0]).toContain('its content encoding zstd is not supported')
  })

  it('that is invalid or endless fails the run', async () => {
    expect((await (await run('gzip', Buffer.from(text))).outcome).error).toMatch(
      /is not compressed as its headers say\.$/,
    )
    expect((await (await run('br', Buffer.from('zzzz'))).outcome).error).toMatch(
      /is not compressed as its headers say\.$/,
    )
    const bomb = gzipSync(Buffer.alloc(maxDecodedBytes + 1))
    expect((await (await run('gzip', bomb)).outcome).error).toMatch(/too large when it is decompressed\.$/)
  })
})
