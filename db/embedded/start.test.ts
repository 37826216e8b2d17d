import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openClient } from '@/db/connection'
import { processFacts } from '@/scripts/process-lock.mjs'
import type { StartupError } from '@/server/domain/startup-error'
import { clusterPath, embeddedConnection, socketDirectory } from './location'
import { type Embedded, startEmbedded } from './start'

const settings = { fsync: 'off' }
let dataDir = ''
let logged: string[] = []
const started: Embedded[] = []

beforeEach(() => {
  const parent = mkdtempSync(join(tmpdir(), 'reveille-embedded-'))
  chmodSync(parent, 0o755)
  dataDir = join(parent, 'data')
  logged = []
})
afterEach(async () => {
  for (const embedded of started.splice(0)) await embedded.stop()
  rmSync(socketDirectory(dataDir), { recursive: true, force: true })
  rmSync(join(dataDir, '..'), { recursive: true, force: true })
})

async function start(options: { onLost?: (error: StartupError) => void } = {}): Promise<Embedded> {
  const log = {
    info: (_: object, text: string) => logged.push(text),
    error: (_: object, text: string) => logged.push(text),
  }
  const embedded = await startEmbedded({ dataDir, log, settings, ...options })
  started.push(embedded)
  return embedded
}

async function ask<T>(text: string): Promise<T | undefined> {
  const sql = openClient(embeddedConnection(dataDir), { max: 1, applicationName: 'test' })
  try {
    const [row] = await sql.unsafe<{ answer: T }[]>(text)
    return row?.answer
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** A real server process that starts the database; `ready` is its postmaster's pid, `refused` the reason for its failure. */
function otherServer() {
  const child = spawn(process.execPath, ['--import', 'tsx', 'db/embedded/fixtures/server.ts', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  const line = async (start: string) => {
    await expect.poll(() => output).toContain(`${start} `)
    return output.slice(output.indexOf(start) + start.length + 1).split('\n')[0] ?? ''
  }
  return {
    child,
    ready: async () => Number(await line('ready')),
    refused: () => line('refused'),
    stopped: () => line('stopped'),
  }
}

async function killNow(child: ChildProcess) {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

test('a first start creates the cluster, a later one finds its rows', async () => {
  const first = await start()
  await ask('create table kept as select 42 as answer')
  expect(await ask("select current_setting('max_connections') as answer")).toBe('200')
  expect(statSync(socketDirectory(dataDir)).mode & 0o777).toBe(0o700)
  expect(statSync(dataDir).mode & 0o007).toBe(0)
  await first.stop()
  expect(processFacts(first.pid)).toBeNull()
  const second = await start()
  expect(second.pid).not.toBe(first.pid)
  expect(await ask('select answer from kept')).toBe(42)
})

test('the database of a killed server is adopted, and ends with the server that adopted it', async () => {
  const other = otherServer()
  const pid = await other.ready()
  await killNow(other.child)
  expect(processFacts(pid)).not.toBeNull()
  const adopting = await start()
  expect(adopting.pid).toBe(pid)
  expect(logged).toEqual(['found the embedded PostgreSQL running'])
  await adopting.stop()
  // Its process has ended; the system frees its resources a moment later.
  await expect.poll(() => processFacts(pid)).toBeNull()
})

test('a server that stops waits for its database to end', async () => {
  const other = otherServer()
  const pid = await other.ready()
  other.child.kill('SIGTERM')
  await other.stopped()
  expect(processFacts(pid)).toBeNull()
})

test('after server and database were both killed, a start cleans up after them', async () => {
  const other = otherServer()
  const pid = await other.ready()
  await killNow(other.child)
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => processFacts(pid)).toBeNull()
  expect(existsSync(join(clusterPath(dataDir), 'postmaster.pid'))).toBe(true)
  const restarted = await start()
  expect(restarted.pid).not.toBe(pid)
  expect(await ask('select 1 as answer')).toBe(1)
})

test('a second server on the same data directory is refused and does not disturb the first', async () => {
  const first = await start()
  const other = otherServer()
  expect(await other.refused()).toBe(
    `StartupError: Another Reveille server is running on ${dataDir}: stop it, or give this one a REVEILLE_DATA_DIR of its own.`,
  )
  expect(processFacts(first.pid)).not.toBeNull()
  expect(await ask('select 1 as answer')).toBe(1)
})

test('servers started together create one cluster, and one of them gets it', async () => {
  const attempts = await Promise.allSettled([start(), start()])
  expect(attempts.map((attempt) => attempt.status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const [winner] = started
  expect(winner && processFacts(winner.pid)).not.toBeNull()
  expect(await ask('select 1 as answer')).toBe(1)
})

test('a database that dies is restarted, with the data directory still locked', async () => {
  const lost: unknown[] = []
  const first = await start({ onLost: (error) => lost.push(error) })
  const pid = first.pid
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => first.pid).not.toBe(pid)
  const held = "select count(*) as answer from pg_locks where locktype = 'advisory' and granted"
  await expect.poll(() => ask(held).catch(() => undefined)).toBe(1)
  const other = otherServer()
  expect(await other.refused()).toContain('Another Reveille server is running')
  expect(lost).toEqual([])
})

test('a cluster of another PostgreSQL version is refused in one sentence and left unchanged', async () => {
  mkdirSync(clusterPath(dataDir), { recursive: true })
  writeFileSync(join(clusterPath(dataDir), 'PG_VERSION'), '14\n')
  await expect(start()).rejects.toThrow(/was made by PostgreSQL 14, and this Reveille brings 18/)
  expect(readFileSync(join(clusterPath(dataDir), 'PG_VERSION'), 'utf8')).toBe('14\n')
})

test.runIf(process.getuid?.() === 0)(
  'as root, below a folder only root may enter, the database is kept elsewhere',
  async () => {
    const closed = join(dataDir, 'closed')
    mkdirSync(closed, { recursive: true })
    const outer = dataDir
    dataDir = join(closed, 'data')
    chmodSync(closed, 0o700)
    await start()
    expect(await ask('select 1 as answer')).toBe(1)
    const real = realpathSync(clusterPath(dataDir))
    expect(real).toMatch(/^\/var\/lib\/reveille\//)
    await started.splice(0)[0]?.stop()
    rmSync(real, { recursive: true })
    await expect(start()).rejects.toThrow(/that is gone/)
    rmSync(socketDirectory(dataDir), { recursive: true, force: true })
    dataDir = outer
  },
)
