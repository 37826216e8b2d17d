import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createTestClient, type TestClient } from '@/tests/client'
import { eventually } from '@/tests/eventually'

/** One thing that must not work. Answers how it was refused; fails with what it got where it was not. */
export type Exploit = { name: string; run(target: Target): Promise<string> }

export type Target = Awaited<ReturnType<typeof prepareTarget>>
export type Given = { url: string; token: string; signInLink: string | null }
type Answer = { status: number; text: string; headers: IncomingMessage['headers'] }
type Sent = { method?: string; headers?: Record<string, string>; body?: string; bearer?: string | null }

/** Two companies on a server, in the first of them an agent that is running, whose tokens the attacker has. */
export async function prepareTarget({ url, token, signInLink }: Given) {
  const { client, close } = createTestClient(url, token)
  const planted = `planted-${randomBytes(12).toString('hex')}`
  const held: { token: string; runId: string }[] = []
  const agentServer = await listen((request, response) => {
    let body = ''
    request.on('data', (part) => (body += part))
    request.on('end', () => {
      const { token: runToken, runId } = JSON.parse(body || '{}')
      held.push({ token: runToken, runId })
      response.writeHead(202).end()
    })
  })
  const own = await tenant(client, planted, agentServer.url)
  const other = await tenant(client, planted, agentServer.url)
  const key = await client.agent.createKey.mutate({ agentId: own.agentId, name: 'stolen' })
  await client.wakeup.create.mutate({ agentId: own.agentId })
  const run = await eventually(() => held[0], 'the agent of the attacker is asked')

  async function send(path: string, { method = 'GET', headers = {}, body, bearer = null }: Sent = {}): Promise<Answer> {
    const authorization = bearer === null ? {} : { authorization: `Bearer ${bearer}` }
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const request = httpRequest(url + path, {
      method,
      headers: { ...authorization, ...type, ...headers },
      agent: false,
    })
    request.on('error', () => {})
    request.end(body)
    // Who sends too much may be cut off, sometimes before the answer can be read: that is 0.
    const answered = once(request, 'response').catch((error) => {
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') return null
      throw error
    })
    const [response] = ((await answered) ?? []) as [IncomingMessage?]
    if (!response) return { status: 0, text: '', headers: {} }
    let text = ''
    for await (const part of response) text += part
    return { status: response.statusCode ?? 0, text, headers: response.headers }
  }
  const trpc = (path: string, input: unknown, isMutation: boolean, sent: Sent = {}) =>
    isMutation
      ? send(`/api/trpc/${path}`, { method: 'POST', body: JSON.stringify(input), ...sent })
      : send(`/api/trpc/${path}?input=${encodeURIComponent(JSON.stringify(input))}`, sent)

  return {
    url,
    token,
    client,
    planted,
    own,
    other,
    key,
    run,
    signInLink,
    agentServer,
    send,
    ask: (path: string, input: unknown, sent?: Sent) => trpc(path, input, false, sent),
    change: (path: string, input: unknown, sent?: Sent) => trpc(path, input, true, sent),
    raw: (bytes: string) => raw(url, bytes),
    async isAlive() {
      if ((await send('/healthz')).status !== 200) throw new Error('the server has fallen over')
    },
    close() {
      close()
      agentServer.close()
    },
  }
}

async function tenant(client: TestClient, planted: string, url: string) {
  const { id: companyId } = await client.company.create.mutate({ name: 'Attacked' })
  await client.secret.set.mutate({ companyId, name: 'VAULT', value: planted })
  const http = { url, mode: 'callback', headers: { 'x-api-key': planted }, timeoutSec: 600 }
  const { id: agentId } = await client.agent.create.mutate({
    companyId,
    name: 'Ada',
    adapterType: 'http',
    adapterConfig: http,
  })
  const env = { VAULT: { secret: 'VAULT' }, ACCESS_TOKEN: planted }
  const { id: victimId } = await client.agent.create.mutate({
    companyId,
    name: 'Victim',
    adapterType: 'process',
    adapterConfig: { command: 'sh', args: ['-c', 'echo "$VAULT"; env; sleep 2'], env },
  })
  const { run } = await client.wakeup.create.mutate({ agentId: victimId, reason: 'A prompt of its own' })
  return { companyId, agentId, victimId, victimRunId: run?.id ?? '' }
}

export async function listen(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** What the server says to these bytes, until it closes the connection. */
async function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text) => (answer += text))
  socket.on('error', () => {})
  socket.setTimeout(5000, () => socket.destroy())
  socket.write(bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

/** Fails unless every answer is one of these. */
export function refused(answers: { what: string; status: number }[], allowed: number[]): string {
  for (const { what, status } of answers) {
    if (!allowed.includes(status)) throw new Error(`${what} was answered ${status}`)
  }
  const statuses = [...new Set(answers.map(({ status }) => status))].sort()
  return `${answers.length} tries, ${statuses.join(' and ')}`
}
