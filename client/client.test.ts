import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packageRoot } from '@/db/package-root'
import { buildPrograms } from '@/scripts/build-programs'
import { withProcessLock } from '@/scripts/process-lock.mjs'
import { eventually } from '@/tests/eventually'
import { hireAgent, runThatIs, sh } from '@/tests/scene'
import { endServers, startServer, type TestServer } from '@/tests/server'
import { openShutDoor } from '@/tests/shut-door'
import { createReveilleClient } from './index'

let server: TestServer
const example = join(packageRoot(), 'client', 'example.mjs')

beforeAll(async () => {
  const cache = join(packageRoot(), '.cache')
  mkdirSync(cache, { recursive: true })
  await withProcessLock(join(cache, 'build.lock'), () => buildPrograms('dist', ['client']))
  server = await startServer()
})
afterAll(endServers)

it('the example in the README works: it wakes an agent and prints its log', async () => {
  const [, shown] = /```js\n(.*?)```/s.exec(readFileSync(join(packageRoot(), 'README.md'), 'utf8')) ?? []
  expect(shown).toBe(readFileSync(example, 'utf8'))
  const { agentId } = await hireAgent(server.client, sh('echo the reason is $REVEILLE_WAKE_REASON; echo oops >&2'))
  const env = { ...process.env, REVEILLE_URL: server.url, REVEILLE_TOKEN: server.token }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example, agentId], { env, timeout: 30_000 })
  expect(stdout.split('\n').sort()).toEqual(['', 'oops', 'the reason is a program asked'])
  expect(stderr).toBe('The wakeup is queued.\nThe run has succeeded. \n')
})

it('rejects with a message and a reason, and accepts an address with a trailing slash', async () => {
  const reveille = createReveilleClient({ url: `${server.url}/`, token: 'of nobody, and long enough' })
  await expect(reveille.company.list.query({})).rejects.toMatchObject({ data: { reason: 'unauthenticated' } })
  reveille.close()
})

it('follows two logs over one socket, which does not read while it is braked', async () => {
  const reveille = createReveilleClient(server)
  const { agentId } = await hireAgent(server.client, sh('echo here'))
  const { run } = await reveille.wakeup.create.mutate({ agentId })
  const runId = run?.id ?? ''
  await runThatIs(server.client, runId, 'succeeded')
  const text = () =>
    new Promise<string>((resolve, onError) => {
      let read = ''
      const onData = ({ data }: { data: { chunk: string } }) => {
        read += data.chunk
      }
      reveille.run.onLog.subscribe({ runId }, { onData, onError, onComplete: () => resolve(read) })
    })
  expect(await Promise.all([text(), text()])).toEqual(['here\n', 'here\n'])
  let hasArrived = false
  reveille.brake('test')
  const braked = text().then((read) => {
    hasArrived = true
    return read
  })
  // Answers over HTTP are slower than messages on the open socket.
  for (let calls = 0; calls < 5; calls++) await reveille.run.get.query({ runId })
  expect(hasArrived).toBe(false)
  reveille.release('test')
  expect(await braked).toBe('here\n')
  reveille.close()
})

it('reconnects with growing delays to a server that refuses its socket', async () => {
  const { url, knocks, close } = await openShutDoor()
  const reveille = createReveilleClient({ url, token: 'of nobody, and long enough' })
  reveille.run.onLog.subscribe({ runId: crypto.randomUUID() }, {})
  const [first = 0, , , fourth = 0] = await eventually(() => knocks.length > 3 && knocks, 'a fourth attempt')
  // At least half of 100 ms, of 200, of 400.
  expect(fourth - first).toBeGreaterThan(340)
  reveille.close()
  close()
})
