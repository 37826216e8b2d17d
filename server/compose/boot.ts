import { randomUUID } from 'node:crypto'
import { makeDataDirectory } from '@/db/data-directory'
import { startEmbedded } from '@/db/embedded/start'
import { explainDatabaseError } from '@/db/explain'
import { StartupError } from '@/server/domain/startup-error'
import { createNotifications } from '@/server/insight/notifications/service'
import { adoptEarlierServers } from '@/server/logs/adopt'
import { createLogStores } from '@/server/logs/log-stores'
import { type Env, readEnv } from '@/server/platform/env'
import { establishSecretKey } from '@/server/platform/establish-secret-key'
import { createLogger, type Log } from '@/server/platform/logger'
import { openDatabase } from '@/server/platform/open-database'
import { createServiceList, type Service, type ServiceList } from '@/server/platform/service'
import { concealProcess } from '@/server/processes/conceal'
import { announce } from './announce'
import { createHeartbeat } from './background-loops'
import { openDoor, urlForOthers } from './listen'
import { refusePublicBind } from './public-bind'
import type { ServerParts } from './server-parts'
import { createShutdown, type Shutdown } from './shutdown'
import { createRunnerServer } from './standalone'
import { createWebServer } from './web'

/** Starts the server, and stops it on SIGTERM, SIGINT or SIGHUP. */
export async function boot(): Promise<void> {
  const isConcealed = concealProcess()
  const env = readEnv(process.env)
  const log = createLogger(env.logLevel, { part: env.role })
  if (!isConcealed) log.info('this system cannot hide the settings of the server from programs of its user')
  const services = createServiceList()
  const shutdown = createShutdown({ services, drainMs: env.drainMs, log })
  stopOnSignals(shutdown, log)
  const start = startServer({ env, log, services, shutdown })
  shutdown.waitFor(start)
  await start.catch(async (error) => {
    await shutdown.undoStart()
    const explained = explainDatabaseError(error)
    throw explained instanceof Error ? explained : new StartupError(String(error))
  })
}

function stopOnSignals(shutdown: Shutdown, log: Log) {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => shutdown.request(0, signal))
  }
  process.on('uncaughtException', (err) => {
    // Not drained: the runner outlives this process, and a broken process cannot be trusted to stop in order.
    log.fatal({ err }, 'an error that nothing caught')
    process.exit(1)
  })
}

type BootParts = { env: Env; log: Log; services: ServiceList; shutdown: Shutdown }

async function startServer(boot: BootParts): Promise<void> {
  const { env, services, shutdown } = boot
  const parts = await openParts(boot)
  const server = env.role === 'runner' ? await createRunnerServer(parts) : await createWebServer(parts)
  shutdown.onForced(server.forceStop)
  const { sql } = parts.database
  const logs = createLogStores({ dataDir: env.dataDir, maxBytes: env.maxLogBytes })
  const list: Service[] = [
    createHeartbeat({ ...parts, ...server.heartbeat }),
    createNotifications({ ...parts, ...server.heartbeat, sql, logs }),
    server,
  ]
  for (const service of list) if (!shutdown.hasBegun()) await services.start(service)
  if (!shutdown.hasBegun()) await announce({ env, url: parts.door.url, publicUrl: parts.publicUrl, sql })
}

/** What all services work with. The port comes first: a second server on it fails before it touches anything. */
async function openParts({ env, log, services, shutdown }: BootParts): Promise<ServerParts> {
  const onLost = () => shutdown.request(1)
  makeDataDirectory(env.dataDir)
  const door = await openDoor(env)
  services.add('door', door.close)
  if (!env.databaseUrl) {
    const embedded = await startEmbedded({ dataDir: env.dataDir, log, onLost })
    services.add('database', embedded.stop)
  }
  const { connection, database } = await openDatabase(env, { log, onLost, opened: services.add })
  const secretKey = await establishSecretKey(database.sql, env, log)
  await refusePublicBind(env, database.sql)
  await adoptEarlierServers(database.sql, env.dataDir)
  return {
    env,
    log,
    connection,
    database,
    secretKey,
    door,
    publicUrl: env.publicUrl ?? door.url,
    internalUrl: env.internalUrl ?? urlForOthers(env, door.url),
    group: randomUUID(),
    isStopping: shutdown.hasBegun,
  }
}
