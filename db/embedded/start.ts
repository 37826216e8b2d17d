import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { openClient, type SocketConnection } from '@/db/connection'
import { withProcessLock } from '@/scripts/process-lock.mjs'
import { StartupError } from '@/server/domain/startup-error'
import { findBinaries } from './binaries'
import { ensureCluster, makeSocketDirectory, prepareDataDirectory } from './cluster'
import { type DataDirectoryLock, type LockOptions, lockDataDirectory } from './data-directory-lock'
import { embeddedConnection, realDirectory } from './location'
import { isPostmaster, type Postmaster, type PostmasterPlan, startPostmaster, stopPostmaster } from './postmaster'

export type EmbeddedLog = {
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}
export type EmbeddedOptions = LockOptions & {
  dataDir: string
  log: EmbeddedLog
  /** Additional PostgreSQL settings, such as `fsync: 'off'` for tests. */
  settings?: Record<string, string>
}
export type Embedded = {
  connection: SocketConnection
  /** The pid of the postmaster; a different one after a restart. */
  readonly pid: number
  /** Stops the database and resolves when its process has ended. */
  stop(): Promise<void>
}

const adoptedPollMs = process.platform === 'linux' ? 250 : 5000

/**
 * Starts the embedded PostgreSQL of a data directory, or adopts the one that a killed server left, locks the directory for
 * this server, and restarts the database when it dies. Fails with a StartupError.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { dataDir, log } = options
  const startLock = join(dataDir, 'postgres.lock')
  const runAs = prepareDataDirectory(dataDir)
  const { plan, first } = await withProcessLock(startLock, async () => {
    const plan = makePlan(options, runAs)
    return { plan, first: await startPostmaster(plan) }
  })
  log.info(
    { postmasterPid: first.pid },
    first.adopted ? 'found the embedded PostgreSQL running' : 'started the embedded PostgreSQL',
  )

  const connection = embeddedConnection(dataDir)
  const lock = await lockFresh(connection, first, plan, options)
  let current = first
  let stopped: Promise<void> | undefined
  const stopping = new AbortController()

  const supervised = supervise()
  async function supervise() {
    for (let failures = 0; ; ) {
      await ended(current, plan.cluster, stopping.signal)
      if (stopping.signal.aborted) return
      log.error({ postmasterPid: current.pid }, 'the embedded PostgreSQL died, starting it again')
      await sleep(Math.min(100 * 2 ** failures, 5000))
      try {
        current = await withProcessLock(startLock, () => startPostmaster(plan))
        failures = 0
      } catch (error) {
        failures += 1
        log.error({ err: error }, 'the embedded PostgreSQL did not start')
      }
    }
  }
  async function stop() {
    stopping.abort()
    // A restart may be in progress.
    await supervised
    await lock.release()
    await stopPostmaster(current, plan.cluster)
  }
  return {
    connection,
    get pid() {
      return current.pid
    },
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

function makePlan({ dataDir, settings = {} }: EmbeddedOptions, runAs: PostmasterPlan['runAs']): PostmasterPlan {
  const binaries = findBinaries(runAs)
  const cluster = ensureCluster(dataDir, binaries, runAs, settings.fsync === 'off')
  return {
    postgres: binaries.postgres,
    cluster,
    socketDirectory: makeSocketDirectory(dataDir, runAs),
    logFile: join(realDirectory(dataDir), 'postgres.log'),
    settings: { unix_socket_permissions: '0700', max_connections: '200', timezone: 'UTC', ...settings },
    runAs,
  }
}

/** The database belongs to the server that holds its lock, even if this one started it. */
async function lockFresh(
  connection: SocketConnection,
  postmaster: Postmaster,
  plan: PostmasterPlan,
  options: EmbeddedOptions,
): Promise<DataDirectoryLock> {
  try {
    return await lockDataDirectory(connection, options.dataDir, options).catch(async (error: unknown) => {
      if (!(error instanceof postgres.PostgresError && error.code === '3D000')) throw error
      await createDatabase(connection)
      return lockDataDirectory(connection, options.dataDir, options)
    })
  } catch (error) {
    const takenByAnother = error instanceof StartupError
    if (!postmaster.adopted && !takenByAnother) await stopPostmaster(postmaster, plan.cluster)
    throw error
  }
}

async function createDatabase(connection: SocketConnection) {
  const sql = openClient({ ...connection, database: 'postgres' }, { max: 1, applicationName: 'reveille setup' })
  try {
    await sql`create database ${sql(connection.database)}`
  } catch (error) {
    // Another starting server was faster.
    if (!(error instanceof postgres.PostgresError && ['42P04', '23505'].includes(error.code))) throw error
  } finally {
    await sql.end()
  }
}

/** Resolves when the postmaster has ended or the signal aborts; the wait does not keep the process alive. */
async function ended({ child, pid }: Postmaster, cluster: string, signal: AbortSignal): Promise<void> {
  if (child) {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit', { signal }).catch(() => {})
    return
  }
  while (!signal.aborted && isPostmaster(pid, cluster)) {
    await sleep(adoptedPollMs, undefined, { ref: false, signal }).catch(() => {})
  }
}
