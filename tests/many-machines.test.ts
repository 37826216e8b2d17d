import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { createTestDatabase } from '@/db/testing/database'
import { signRequest } from '@/server/identity/access/server-signature'
import { openObjects } from '@/server/logs/s3/objects'
import { createS3Archive } from '@/server/logs/s3/s3-archive'
import { eventually } from './eventually'
import { giveUpLog, keptThoughGivenUp } from './given-up'
import { startObjectStorage } from './object-storage'
import { createProxy } from './proxy'
import { followLog, hireAgent, isWhole, runThatIs, sh, wake } from './scene'
import { endServers, launchServer, newDataDir, startServer, type TestServer, urlOf } from './server'

const database = await createTestDatabase()
const databaseUrl = urlOf(database.connection)
afterEach(endServers)
vi.stubEnv('AWS_ACCESS_KEY_ID', 'S3RVER')
vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'S3RVER')
afterAll(() => database.drop())

const env = { REVEILLE_LEASE_SEC: '2' }

/** A server that runs and one that shows, neither of which sees the other's folder: as on two machines. */
async function twoMachines() {
  const web = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'web' } })
  const runner = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'runner' } })
  await hideFolders()
  return { web, runner }
}

const hideFolders = () => database.sql`update servers set data_dir = '/another/machine', machine = id::text`

/** What a viewer was told of the server that runs the run. */
function newsOf({ entries }: ReturnType<typeof followLog>) {
  return entries.flatMap((entry) => entry.owner ?? [])
}

async function searched(server: TestServer, runId: string, text: string) {
  const lines: number[] = []
  await new Promise<void>((resolve, reject) => {
    server.client.run.searchLog.subscribe(
      { runId, text },
      {
        onData: ({ data }) => void lines.push(...data.hits.map((hit) => hit.line)),
        onComplete: resolve,
        onError: reject,
      },
    )
  })
  return lines
}

test('a run is followed from another machine while it goes on, and read there when it has ended', async () => {
  const { web } = await twoMachines()
  const script = 'i=0; while [ $i -lt 40000 ]; do i=$((i+1)); echo "line $i äöü €"; done; sleep 1; echo end >&2'
  const { agentId } = await hireAgent(web.client, sh(script))
  const runId = await wake(web.client, agentId)
  const log = followLog(web.client, runId)
  const second = followLog(web.client, runId, 1000)
  await eventually(() => log.text().includes('line 40000 '), 'the lines before the end')
  expect((await web.client.run.get.query({ runId })).status).toBe('running')
  const text = await log.done
  const run = await runThatIs(web.client, runId, 'succeeded')
  expect(createHash('sha256').update(text).digest('hex')).toBe(run.logSha256)
  expect([isWhole(log.entries), isWhole(second.entries, second.entries[0]?.offset)]).toEqual([true, true])
  expect(text.endsWith(await second.done)).toBe(true)

  const page = await web.client.run.logLines.query({ runId, at: { line: 20_000 }, lines: 2 })
  expect(page.entries.map((entry) => entry.chunk).join('')).toBe('line 20000 äöü €\nline 20001 äöü €\n')
  expect(await searched(web, runId, 'LINE 3999')).toEqual([3999, ...Array.from({ length: 10 }, (_, at) => 39_990 + at)])
  const download = await fetch(`${web.url}/api/runs/${runId}/log`, {
    headers: { authorization: `Bearer ${web.token}` },
  })
  expect(await download.text()).toBe(text)
})

test('the server that runs it dies: the viewer is told, and reads what was stored when it is back', async () => {
  const { web, runner } = await twoMachines()
  const program = sh('echo before; sleep 60; echo never')
  const { agentId } = await hireAgent(web.client, program, { retryOnRunnerLost: 0 })
  const runId = await wake(web.client, agentId)
  const log = followLog(web.client, runId)
  const told = followLog(web.client, runId, 0, true)
  await eventually(() => log.entries.length === 1 && told.entries.length === 1, 'the first line')
  await runner.kill9()
  await expect(log.done).rejects.toMatchObject({ data: { reason: 'unavailable' } })
  await expect(told.done).rejects.toMatchObject({ data: { reason: 'unavailable' } })
  expect([log.text(), told.text()]).toEqual(['before\n', 'before\n'])
  expect([newsOf(log), newsOf(told)]).toEqual([[], ['gone']])
  const run = await web.client.run.get.query({ runId })
  expect([run.status, run.errorCode]).toEqual(['failed', 'runner_lost'])
  await expect(web.client.run.log.query({ runId })).rejects.toMatchObject({ data: { reason: 'unavailable' } })

  await giveUpLog(database.sql, runner.dataDir)
  await startServer({ databaseUrl, dataDir: runner.dataDir, env: { ...env, REVEILLE_ROLE: 'runner' } })
  await hideFolders()
  const { entries, done } = await web.client.run.log.query({ runId })
  expect([entries.map((entry) => entry.chunk).join(''), done]).toEqual(['before\n', true])
  expect(await followLog(web.client, runId).done).toBe('before\n')
  await eventually(async () => (await web.client.run.get.query({ runId })).logBytes === 7, 'the length of the log')
  await eventually(async () => (await keptThoughGivenUp(database.sql)) === 0, 'the removal of what was given up')
})

test('the way to the server that runs it breaks and is mended: the viewer is told both, and no byte is lost or comes twice', async () => {
  const { web, runner } = await twoMachines()
  const proxy = await createProxy(runner.url)
  await database.sql`update servers set url = ${proxy.url} where role = 'runner' and ended_at is null`
  const file = `${runner.dataDir}/enough`
  const script = 'i=0; while [ ! -e "$1" ]; do i=$((i+1)); echo "line $i: größer, 日本語, 🚀"; sleep 0.01; done'
  const { agentId } = await hireAgent(web.client, sh(script, file))
  const runId = await wake(web.client, agentId)
  const log = followLog(web.client, runId, 0, true)
  for (let times = 1; times <= 2; times++) {
    const seen = log.text().length
    await eventually(() => log.text().length > seen + 100, 'more lines')
    proxy.breakDown()
    await eventually(() => newsOf(log).length === 2 * times - 1, 'the word that it is gone')
    proxy.mend()
    await eventually(() => newsOf(log).length === 2 * times, 'the word that it is back')
  }
  expect(newsOf(log)).toEqual(['gone', 'back', 'gone', 'back'])
  writeFileSync(file, '')
  const text = await log.done
  const run = await runThatIs(web.client, runId, 'succeeded')
  expect(createHash('sha256').update(text).digest('hex')).toBe(run.logSha256)
  expect(isWhole(log.entries)).toBe(true)
  await proxy.close()
})

test('with object storage a log outlives its server: full segments of a run that was lost, and all of one that ended', async () => {
  const storage = await startObjectStorage()
  try {
    const env = { REVEILLE_LEASE_SEC: '2', ...storage.env }
    const web = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'web' } })
    const runner = await startServer({ databaseUrl, env: { ...env, REVEILLE_ROLE: 'runner' } })
    await hideFolders()
    const short = await hireAgent(web.client, sh('echo short'))
    const ended = await wake(web.client, short.agentId)
    const long = await hireAgent(web.client, sh('yes "a line of a long run" | head -c 20000000; sleep 60'), {
      retryOnRunnerLost: 0,
    })
    const lost = await wake(web.client, long.agentId)
    await runThatIs(web.client, ended, 'succeeded')
    const archive = createS3Archive(await openObjects(storage.settings))
    await eventually(async () => (await archive.state(ended)) === 'whole', 'the short log in the bucket')
    await eventually(async () => (await archive.info(lost)).bytes >= 2 * 8_388_608, 'two segments')
    const follower = followLog(web.client, lost, 0, true)
    await eventually(() => follower.entries.length > 0, 'the beginning of the long log')
    await runner.kill9()
    await runThatIs(web.client, lost, 'failed')
    expect(await followLog(web.client, ended).done).toBe('short\n')
    const stored = await followLog(web.client, lost).done
    expect(stored.length).toBe((await archive.info(lost)).bytes)
    const seen = await follower.done
    expect(seen.length).toBeGreaterThanOrEqual(stored.length)
    expect([isWhole(follower.entries), newsOf(follower)]).toEqual([true, ['gone']])
    const { entries, totalLines, done } = await web.client.run.logLines.query({ runId: lost, at: { last: 2 } })
    expect([entries[0]?.chunk.includes('long run'), totalLines > 700_000, done]).toEqual([true, true, true])
  } finally {
    await storage.close()
  }
})

test('a bucket that can not be used stops the server at its start, in one line', async () => {
  const storage = await startObjectStorage()
  const env = { ...storage.env, REVEILLE_S3_BUCKET: 'not-there', REVEILLE_ROLE: 'web' }
  const { exited, output } = await launchServer({ databaseUrl, dataDir: newDataDir(), env })
  expect(await exited).toEqual({ code: 1, signal: null })
  expect(output().stderr).toMatch(/^reveille: Logs cannot be stored in the bucket not-there at \S+ .*$/m)
  await storage.close()
})

test('only servers with the same key are told anything', async () => {
  const { runner } = await twoMachines()
  const path = '/internal/logs/info'
  const body = JSON.stringify({ storeId: 'x', runId: crypto.randomUUID() })
  const ask = async (authorization: string, given = body) =>
    (await fetch(runner.url + path, { method: 'POST', body: given, headers: { authorization } })).status
  const key = Buffer.alloc(32, 'tests')
  const signed = signRequest(key, path, body)
  expect(await ask(signed)).toBe(404)
  expect(await ask(signed, body.replace('x', 'y'))).toBe(401)
  expect(await ask(signRequest(Buffer.alloc(32, 'other'), path, body))).toBe(401)
  expect(await ask(signRequest(key, '/internal/logs/read', body))).toBe(401)
  expect(await ask(signRequest(key, path, body, Date.now() - 120_000))).toBe(401)
  expect(await ask(`Bearer ${runner.token}`)).toBe(401)
})
