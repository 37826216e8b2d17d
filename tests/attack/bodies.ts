import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type Exploit, refused, type Target } from './target'

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const shapes: Record<string, string> = {
  depth: deep(400_000),
  'objects in objects': `${'{"a":'.repeat(140_000)}1${'}'.repeat(140_000)}`,
  'depth over and over': `[${Array(7000).fill(deep(60))}]`,
  'many arrays': `[${Array(300_000).fill('[]')}]`,
  'many keys': `{${Array.from({ length: 90_000 }, (_key, at) => `"k${at}":0`)}}`,
  'numbers with many zeros': `[${Array(90_000).fill('1.5e300')}]`,
}
/** Of a slow machine; before they were bounded they took seconds of a fast one. */
const mostMs = 4000

/** A message on a socket, and what is said to it. */
async function bySocket({ url, token }: Target, message: string): Promise<string> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/trpc?connectionParams=1`)
  socket.on('error', () => {})
  await once(socket, 'open')
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token } }))
  socket.send(message)
  const [said] = await Promise.race([once(socket, 'message'), once(socket, 'close')])
  socket.terminate()
  return String(said)
}

/** Bodies that are small enough, and cost what they hold, or are too large. */
export const bodies: Exploit[] = [
  {
    name: 'bodies below the limit that cost seconds: depth, numbers of values, by every way',
    async run(target) {
      const { own, token, send, isAlive } = target
      const answers: { what: string; status: number }[] = []
      let longestMs = 0
      const timed = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
        const start = performance.now()
        const answer = await act()
        const tookMs = performance.now() - start
        if (tookMs > mostMs) throw new Error(`${what} took ${Math.round(tookMs)} ms`)
        longestMs = Math.max(longestMs, tookMs)
        return answer
      }
      for (const [what, value] of Object.entries(shapes)) {
        const given = `{"agentId":"${own.victimId}","payload":${value}}`
        const post = (path: string, body: string) => () => send(path, { method: 'POST', body, bearer: token })
        const ways: Record<string, () => Promise<{ status: number }>> = {
          REST: post(`/api/agents/${own.victimId}/wakeups`, `{"payload":${value}}`),
          tRPC: post('/api/trpc/wakeup.create', given),
          'a batch': post('/api/trpc/wakeup.create,wakeup.create?batch=1', `{"0":${given},"1":{}}`),
          'a configuration': post(
            '/api/trpc/agent.create',
            `{"companyId":"${own.companyId}","adapterConfig":${value}}`,
          ),
          'a sign-in': post('/api/sign-in', value.slice(0, 4000)),
        }
        for (const [way, act] of Object.entries(ways)) {
          answers.push({ what: `${what} by ${way}`, ...(await timed(`${what} by ${way}`, act)) })
        }
        const message = `{"id":1,"method":"mutation","params":{"input":${given},"path":"wakeup.create"}}`
        const said = await timed(`${what} by socket`, () => bySocket(target, message))
        if (!/"id":1,"error".*invalid_input/.test(said)) throw new Error(`${what} by socket: ${said.slice(0, 80)}`)
      }
      await isAlive()
      return `${refused(answers, [400])}, at most ${Math.round(longestMs)} ms each`
    },
  },
  {
    name: 'thousands of calls in one message',
    async run(target) {
      const call = JSON.stringify({ id: 1, method: 'query', params: { path: 'system.status' } })
      const said = await bySocket(target, `[${Array(14_000).fill(call)}]`)
      if (!/"id":null,"error".*invalid_input/.test(said)) throw new Error(said.slice(0, 80))
      await target.isAlive()
      return 'refused as a whole'
    },
  },
  {
    name: 'bodies above the limit, whole and in chunks, whose sender must hear why',
    async run({ url, token, own, isAlive }) {
      const bytes = new Uint8Array(5_000_000).fill(120)
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      let heard = 0
      for (const path of [`/api/agents/${own.victimId}/wakeups`, '/api/trpc/company.create', '/api/trpc/run.get']) {
        for (let time = 0; time < 10; time++) {
          const body = time % 2 === 0 ? bytes : new Blob([bytes]).stream()
          const answer = await fetch(url + path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
          const { error } = await answer.json()
          const isTold = answer.status === 413 && /at most \d+ bytes/.test(error.message)
          if (!isTold || answer.headers.get('connection') !== 'close') throw new Error(`${path}: ${answer.status}`)
          heard++
        }
      }
      await isAlive()
      return `${heard} of ${heard} were answered 413`
    },
  },
  {
    name: 'an endless body, sent byte by byte',
    async run({ raw, isAlive }) {
      const head = 'POST /api/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\nx'
      const start = performance.now()
      const answer = await raw(head)
      if (!/^HTTP\/1.1 413/.test(answer)) throw new Error(`it was answered ${answer.slice(0, 40)}`)
      await isAlive()
      return `413, and ${Math.round((performance.now() - start) / 1000)} s later the connection was closed`
    },
  },
]
