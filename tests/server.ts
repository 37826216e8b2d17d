import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SocketConnection } from '@/db/connection'
import { socketDirectory } from '@/db/embedded/location'
import { createTestClient, type TestClient } from './client'
import { eventually } from './eventually'
import { killAllOf } from './processes'
import { testPrograms } from './programs'

export type TestServer = {
  url: string
  token: string
  dataDir: string
  /** Of the web server; its runner has another. */
  pid: number
  client: TestClient
  /** From the line on stdout; fails where none comes. */
  signInLink(): Promise<string>
  /** Everything on stdout, and on stderr, so far. */
  output(): { stdout: string; stderr: string }
  /** A signal to the web server alone. */
  signal(signal: NodeJS.Signals): void
  exited: Promise<Exit>
  /** SIGTERM, and how it ended. */
  stop(): Promise<Exit>
  /** SIGKILL to the web server alone: its runner and its runs are left. */
  kill9(): Promise<void>
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type ServerOptions = {
  /** Kept when the server stops; else a new one, thrown away by `endServers`. */
  dataDir?: string
  env?: Record<string, string>
  /** Unset: an embedded PostgreSQL in the data directory. */
  databaseUrl?: string
  /** The folder of `server.mjs`; else bundled from the sources. */
  programs?: string
  /** A command that runs the server as its own arguments say, in its own place. */
  within?: string[]
}

export const testToken = 'a token of the tests'.replaceAll(' ', '-')

export const testSecretKey = Buffer.alloc(32, 'tests').toString('base64')

const closers = new Set<() => void>()
const dataDirs = new Set<string>()

/** Starts a real server on a free port and resolves when it says that it is ready. Fails with what it wrote instead. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? newDataDir()
  const launched = await launchServer({ ...options, dataDir })
  const { child, output, exited } = launched
  const url = await launched.ready.catch((error) => {
    // Else it would be ready later, and hold its data directory against the next.
    child.kill('SIGKILL')
    throw error
  })
  const { client, close } = createTestClient(url, testToken)
  closers.add(close)
  return {
    url,
    token: testToken,
    dataDir,
    pid: child.pid ?? 0,
    client,
    output,
    exited,
    signInLink: () => eventually(() => /^reveille sign-in (\S+)$/m.exec(output().stdout)?.[1], 'a sign-in link'),
    signal: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      return await exited
    },
    async kill9() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Starts a server that may never be ready: `exited` says how it ended. */
export async function launchServer(options: ServerOptions & { dataDir: string }) {
  dataDirs.add(options.dataDir)
  const programs = options.programs ?? (await testPrograms())
  const server = [process.execPath, '--enable-source-maps', join(programs, 'server.mjs'), options.dataDir]
  const [command = '', ...args] = [...(options.within ?? []), ...server]
  const child = spawn(command, args, {
    detached: true,
    env: environment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (written.stderr += text))
  if (process.env.SHOW_SERVER_LOG) child.stderr.pipe(process.stderr)
  const exited = once(child, 'exit').then(([code, signal]): Exit => ({ code, signal }))
  const ready = eventually(() => {
    const line = /^reveille ready (\S+)$/m.exec(written.stdout)
    if (!line && hasExited(child)) throw new Error(`the server ended: ${written.stderr}`)
    return line?.[1]
  }, 'the ready line')
  ready.catch(() => {})
  return { child, ready, exited, output: () => ({ ...written }) }
}

/** Ends every server that was started and all they left, and removes their data directories. */
export async function endServers(): Promise<void> {
  for (const close of closers) close()
  closers.clear()
  for (const dataDir of dataDirs) {
    await killAllOf(dataDir)
    rmSync(socketDirectory(dataDir), { recursive: true, force: true })
    rmSync(dataDir, { recursive: true, force: true })
  }
  dataDirs.clear()
}

/** A data directory that the embedded PostgreSQL's user can reach. */
export function newDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'reveille-server-'))
  chmodSync(dataDir, 0o755)
  dataDirs.add(dataDir)
  return dataDir
}

/** What to give a server as DATABASE_URL. */
export function urlOf({ user, database, directory }: SocketConnection): string {
  return `postgres://${user}@localhost/${database}?host=${encodeURIComponent(directory)}`
}

/** Nothing of the environment of the tests but what a program needs to run. */
function environment({ dataDir, databaseUrl, env }: ServerOptions & { dataDir: string }): NodeJS.ProcessEnv {
  const { PATH, HOME, USER, LANG, TMPDIR } = process.env
  return {
    ...JSON.parse(JSON.stringify({ PATH, HOME, USER, LANG, TMPDIR, DATABASE_URL: databaseUrl })),
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    PORT: '0',
    REVEILLE_DATA_DIR: dataDir,
    REVEILLE_TOKEN: testToken,
    REVEILLE_SECRET_KEY: testSecretKey,
    ...env,
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
