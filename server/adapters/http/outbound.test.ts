import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startExecution } from '@/server/adapters/testing/execution'
import { closeHttpAgents, startHttpAgent } from '@/server/adapters/testing/http-agent'
import { httpAdapter } from './adapter'
import { guardedLookup, refuseAddress } from './outbound'

afterAll(closeHttpAgents)
afterEach(() => {
  delete process.env.REVEILLE_HTTP_PRIVATE
})

const run = (url: string) => startExecution(httpAdapter, { url, timeoutSec: 5 }).outcome

const metadata = [
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.43518/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::169.254.169.254]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[fd00:c1::a9fe:a9fe]/',
  'http://[fd99:1::a9fe:a9fe]/',
  'http://[fd20:ce::1]/',
  'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
  'http://[fec0::1]/',
  'http://[::ffff:0:169.254.169.254]/',
  'http://[64:ff9b:1::a9fe:a9fe]/',
  'http://[2606:2800::5efe:169.254.169.254]/',
  'http://[2606:2800::200:5efe:a9fe:a9fe]/',
  'http://[::2]/',
  'http://[100::1]/',
  'http://[4000::1]/',
  'http://[5f00::1]/',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
]
const inside = [
  'http://127.0.0.1/',
  'http://[::1]/',
  'http://[::]/',
  'http://0.0.0.0/',
  'http://10.1.2.3/',
  'http://172.31.0.1/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://[fd12::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[::ffff:0.0.0.0]/',
  'http://[2002:7f00:1::1]/',
]

describe('an agent at a forbidden address', () => {
  it.each(metadata)('gets no request: %s', async (url) => {
    const outcome = await run(url)
    expect(outcome).toMatchObject({ end: 'failed', errorCode: 'adapter_failed' })
    expect(outcome.error).toMatch(/^Requests to \S+ are not allowed/)
    const [check] = await httpAdapter.check({ url } as never)
    expect(check).toMatchObject({ level: 'error', message: expect.stringMatching(/^Requests to \S+ are not allowed/) })
  })
})

it('private addresses are allowed unless the setting refuses them; public ones always', () => {
  for (const url of [...inside, 'http://93.184.215.14/', 'http://[2606:2800::1]/', 'http://example.com/']) {
    expect(() => refuseAddress(new URL(url).hostname)).not.toThrow()
  }
  process.env.REVEILLE_HTTP_PRIVATE = 'refuse'
  for (const url of inside) expect(() => refuseAddress(new URL(url).hostname), url).toThrow('private address')
  for (const url of ['http://93.184.215.14/', 'http://[2606:2800::1]/', 'http://[64:ff9b::5db8:d70e]/']) {
    expect(() => refuseAddress(new URL(url).hostname)).not.toThrow()
  }
})

it('a name is checked by the addresses to which it resolves at connection time', async () => {
  const { url } = await startHttpAgent((_request, response) => response.end('{"summary":"Fine."}'))
  const byName = url.replace('127.0.0.1', 'localhost')
  expect(await run(byName)).toMatchObject({ end: 'succeeded' })
  process.env.REVEILLE_HTTP_PRIVATE = 'refuse'
  expect((await run(byName)).error).toMatch(/^Requests to (127\.0\.0\.1|::1) are not allowed: it is a private address/)
  const answer = new Promise((resolve) => guardedLookup('169.254.169.254', {}, (error) => resolve(error)))
  expect(await answer).toMatchObject({ code: 'ADDRESS_REFUSED' })
})

it('a redirect is checked again: one to metadata or another host is not followed', async () => {
  for (const location of ['http://169.254.169.254/latest/', '//169.254.169.254/', 'http://[::ffff:a9fe:a9fe]/']) {
    const { url } = await startHttpAgent((_request, response) => response.writeHead(307, { location }).end())
    expect(await run(url)).toMatchObject({
      end: 'failed',
      error: expect.stringMatching(/another host|are not allowed/),
    })
  }
})
