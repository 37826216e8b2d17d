import { once } from 'node:events'
import { WebSocket } from 'ws'
import { eventually } from '@/tests/eventually'
import { type Exploit, listen, refused, type Target } from './target'

const company = '{"name":"Made by another site"}'

async function outbound(target: Target, urls: string[]): Promise<string> {
  const { client, own } = target
  for (const url of urls) {
    const { id: agentId } = await client.agent.create.mutate({
      companyId: own.companyId,
      name: 'Outbound',
      adapterType: 'http',
      adapterConfig: { url, timeoutSec: 3 },
    })
    const { run } = await client.wakeup.create.mutate({ agentId })
    const runId = run?.id ?? ''
    const ended = await eventually(
      async () => {
        const found = await client.run.get.query({ runId })
        return found.finishedAt === null ? null : found
      },
      'the end of the run',
      20_000,
    )
    if (ended.status !== 'failed' || !/are not allowed|another host/.test(ended.error ?? '')) {
      throw new Error(`${url}: ${ended.status} ${ended.error}`)
    }
  }
  return `${urls.length} runs, none was asked`
}

/** What comes over the network: other sites, other names, broken requests, and where agents are asked. */
export const wires: Exploit[] = [
  {
    name: 'another site’s page changes something (CSRF)',
    async run({ send, token }) {
      const answers = []
      for (const origin of ['https://evil.example', 'null', 'http://localhost:1', 'file://']) {
        for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
          const headers = { origin, 'content-type': type }
          const sent = { method: 'POST', body: company, headers, bearer: token }
          answers.push({ what: `${origin} ${type}`, ...(await send('/api/trpc/company.create', sent)) })
        }
      }
      const headers = { 'sec-fetch-site': 'cross-site' }
      const sent = { method: 'POST', body: company, headers, bearer: token }
      answers.push({ what: 'no origin', ...(await send('/api/trpc/company.create', sent)) })
      return refused(answers, [403])
    },
  },
  {
    name: 'a change by a link (GET)',
    async run({ send, token }) {
      const path = `/api/trpc/company.create?input=${encodeURIComponent(company)}`
      return refused([{ what: 'GET', ...(await send(path, { bearer: token })) }], [400, 405])
    },
  },
  {
    name: 'another site’s page opens the socket, or another name leads to it',
    async run({ url }) {
      const address = `${url.replace(/^http/, 'ws')}/api/trpc`
      const answers = []
      for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { host: 'evil.example' }]) {
        const socket = new WebSocket(address, { headers })
        const status = await Promise.race([
          once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number),
          once(socket, 'open').then(() => 101),
        ])
        socket.on('error', () => {})
        socket.terminate()
        answers.push({ what: JSON.stringify(headers), status })
      }
      return refused(answers, [403])
    },
  },
  {
    name: 'another name leads here (DNS rebinding)',
    async run({ send }) {
      const answers = []
      for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.example', '169.254.169.254']) {
        for (const path of ['/', '/metrics', '/api/trpc/company.list', '/sign-in']) {
          answers.push({ what: `${host}${path}`, ...(await send(path, { headers: { host } })) })
        }
      }
      return refused(answers, [403])
    },
  },
  {
    name: 'files of the server by paths that climb',
    async run({ send, raw, token, isAlive }) {
      const climbs = ['..%2f..%2f..%2fetc%2fpasswd', '..%5c..%5cetc%5cpasswd', '%2e%2e%2fsecret.key', '%00', '....//']
      const paths = climbs.flatMap((climb) => [`/api/runs/${climb}/log`, `/_next/static/${climb}`, `/${climb}`])
      for (const path of [
        ...paths,
        '/.env',
        '/.git/config',
        '/package.json',
        '/dist/server.mjs',
        '/.reveille/secret.key',
      ]) {
        const { status, text } = await send(path, { bearer: token })
        if (status === 200 || /root:x:|"dependencies"|\[core\]/.test(text))
          throw new Error(`${path} was answered ${status}`)
      }
      for (const path of ['/_next/static/../../../package.json', '/../../../../etc/passwd']) {
        if (
          /root:x:|"dependencies"/.test(
            await raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`),
          )
        ) {
          throw new Error(`${path} gave a file`)
        }
      }
      await isAlive()
      return `${paths.length + 7} paths`
    },
  },
  {
    name: 'requests within requests, two hosts, paths that break the parser',
    async run({ raw, isAlive }) {
      const host = 'Host: localhost\r\n'
      const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
      const end = 'Connection: close\r\n\r\n'
      const requests = [
        `POST /api/sign-in HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\nGET /metrics`,
        `POST /api/sign-in HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 40\r\n${end}x`,
        `GET / HTTP/1.1\r\n${host}Host: evil.example\r\n${end}`,
        `GET / HTTP/1.1\r\n${end}`,
        `GET http://evil.example/ HTTP/1.1\r\n${host}${end}`,
        `GET //[ HTTP/1.1\r\n${host}${upgrade}`,
        `GET /\\[ HTTP/1.1\r\n${host}${upgrade}`,
        `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(80_000)}\r\n${end}`,
      ]
      for (const request of requests) {
        const answer = await raw(request)
        if (!/^(HTTP\/1\.1 4\d\d|$)/.test(answer)) throw new Error(`${request.slice(0, 60)} … ${answer.slice(0, 40)}`)
      }
      await isAlive()
      return `${requests.length} requests, 4xx, and the server lives`
    },
  },
  {
    name: 'what Next alone may be told, and changes by posting to pages',
    async run({ send, isAlive }) {
      const answers = []
      for (const path of ['/', '/sign-in', '/_next/image?url=http://169.254.169.254/&w=64&q=75']) {
        const headers = {
          'next-action': 'x'.repeat(40),
          'x-middleware-subrequest': 'middleware',
          'content-type': 'text/plain',
        }
        answers.push({ what: path, ...(await send(path, { method: 'POST', body: '["$1:__proto__:then"]', headers })) })
      }
      await isAlive()
      return refused(answers, [404])
    },
  },
  {
    name: 'bodies, messages, batches and depths without measure',
    async run({ send, change, url, token, own, isAlive }) {
      const huge = JSON.stringify({ name: 'x'.repeat(5_000_000) })
      const deep = `{"agentId":"${own.agentId}","payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
      const sent = (body: string) => ({ method: 'POST', body, bearer: token })
      const answers = [
        { what: 'a call', ...(await send('/api/trpc/company.create', sent(huge))) },
        { what: 'a wakeup', ...(await send(`/api/agents/${own.agentId}/wakeups`, sent(huge))) },
        { what: 'a sign-in', ...(await send('/api/sign-in', sent(huge))) },
        { what: 'a depth', ...(await send('/api/trpc/wakeup.create', sent(deep))) },
        {
          what: 'a batch',
          ...(await send(`/api/trpc/${Array(500).fill('adapter.list')}?batch=1&input={}`, { bearer: token })),
        },
        { what: 'a limit', ...(await change('run.list', { companyId: own.companyId, limit: 1e9 }, { bearer: token })) },
      ]
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/trpc`)
      socket.on('error', () => {})
      await once(socket, 'open')
      socket.send(Buffer.alloc(3_000_000))
      const [code] = await once(socket, 'close')
      if (code !== 1009) throw new Error(`a message of 3 MB was answered ${code}`)
      await isAlive()
      return refused(answers, [400, 405, 413])
    },
  },
  {
    name: 'subscriptions without number, with a run’s token',
    async run({ url, run, isAlive }) {
      const tries = 4500
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/trpc?connectionParams=1`)
      let started = 0
      let refusals = 0
      socket.on('message', (data) => {
        const text = String(data)
        if (text.includes('"started"')) started++
        else if (text.includes('"rate_limited"')) refusals++
      })
      await once(socket, 'open')
      socket.send(JSON.stringify({ method: 'connectionParams', data: { token: run.token } }))
      const params = { path: 'run.onEvent', input: { runId: run.runId } }
      for (let id = 1; id <= tries; id++) socket.send(JSON.stringify({ id, method: 'subscription', params }))
      await eventually(() => started + refusals === tries || socket.readyState >= socket.CLOSING, 'the answers')
      socket.terminate()
      if (started > 50) throw new Error(`${started} were opened`)
      await isAlive()
      return `${started} of ${tries} were opened`
    },
  },
  {
    name: 'what every object inherits, changed by a name (prototype pollution)',
    async run({ send, token, own, client }) {
      const evil = '"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}'
      const wakeup = `{${evil},"payload":{${evil}},"contextSnapshot":{${evil}}}`
      const agent = `{${evil},"companyId":"${own.companyId}","name":"x","adapterType":"__proto__","adapterConfig":{${evil}}}`
      await send(`/api/agents/${own.victimId}/wakeups`, { method: 'POST', body: wakeup, bearer: token })
      const made = await send('/api/trpc/agent.create', { method: 'POST', body: agent, bearer: token })
      const { items } = await client.agent.list.query({ companyId: own.companyId })
      const answers = [await client.system.status.query(), items].map((answer) => JSON.stringify(answer))
      if (answers.some((text) => text.includes('polluted'))) throw new Error('it shows in other answers')
      return refused([{ what: 'agent.create', status: made.status }], [400])
    },
  },
  {
    name: 'an agent asked at the metadata service of a cloud (SSRF)',
    run: (target) =>
      outbound(target, [
        'http://169.254.169.254/latest/meta-data/',
        'http://2852039166/',
        'http://[::ffff:169.254.169.254]/',
        'http://[64:ff9b::a9fe:a9fe]/',
        'http://[fe80::1]/',
        'http://100.100.100.200/',
      ]),
  },
  {
    name: 'the same by a redirect',
    async run(target) {
      const redirecting = await listen((_request, response) => {
        response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end()
      })
      try {
        return await outbound(target, [redirecting.url])
      } finally {
        redirecting.close()
      }
    },
  },
]
