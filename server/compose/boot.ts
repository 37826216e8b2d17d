import { randomUUID } from 'node:crypto'
import { makeDataDirectory } from '@/db/data-directory'
import { startEmbedded } from '@/db/embedded/start'
import { explainDatabaseError } from '@/db/explain'
import { StartupError } from '@/server/domain/startup-error'
import { createNotifications } from '@/server/insight/notifications/service'
import { adoptEarlierServers } from '@/server/logs/adopt'
import { createLogStores } from '@/server/logs/log-stores'
import { readEnv } from '@/server/platform/env'
import { establishSecretKey } from '@/server/platform/establish-secret-key'
import { createLogger } from '@/server/platform/logger'
import { openDatabase } from '@/server/platform/open-database'
import type { Service } from '@/server/platform/service'
import { concealProcess } from '@/server/processes/conceal'
import { announce } from './announce'
import { createHeartbeat } from './background-loops'
import { type Door, openDoor, urlForOthers } from './listen'
import { refuseOpenDoor } from './public-bind'
import { createRunnerServer } from './standalone'
import { createWebServer } from './web'

const longestHurryMs = 10_000

/** npm passes on the signal that its whole group was sent, by a terminal too: two of them at once are one wish. */
const sameWishMs = 150

/**
 * Brings the server up, and down again on SIGTERM or SIGINT. The port comes first: a second server on it fails before
 * it touches anything.
 */
export async function boot(): Promise<void> {
  const isConcealed = concealProcess()
  const env = readEnv(process.env)
  const log = createLogger(env.logLevel, { part: env.role })
  if (!isConcealed) log.info('this system cannot hide the settings of the server from programs of its user')
  const started: Service[] = []
  let stopping: Promise<void> | null = null
  let isUp: Promise<void> = Promise.resolve()
  let forceStop = () => {}
  let asked: { signal: NodeJS.Signals | undefined; at: number } = { signal: undefined, at: 0 }

  async function stop(code: number) {
    await isUp.catch(() => {})
    for (const service of started.splice(0).reverse()) {
      await service.stop().catch((err) => log.error({ err, service: service.name }, 'a service did not stop in order'))
    }
    process.exit(code)
  }
  const leave = (code: number, signal?: NodeJS.Signals) => {
    if (stopping) {
      if (signal && signal === asked.signal && performance.now() - asked.at < sameWishMs) return
      forceStop()
      // Whatever does not stop: nobody asks twice to wait.
      setTimeout(() => process.exit(code), longestHurryMs).unref()
      return
    }
    asked = { signal, at: performance.now() }
    if (signal) log.info({ drainMs: env.drainMs }, 'stopping: running runs may end; a second signal stops them at once')
    stopping = stop(code)
  }
  process.on('SIGTERM', () => leave(0, 'SIGTERM'))
  process.on('SIGINT', () => leave(0, 'SIGINT'))
  process.on('SIGHUP', () => leave(0, 'SIGHUP'))
  process.on('uncaughtException', (err) => {
    // Not drained: the runner outlives this process, and what is broken here can not be trusted to stop in order.
    log.fatal({ err }, 'an error that nothing caught')
    process.exit(1)
  })

  async function up() {
    const begin = async (service: Service) => {
      if (stopping) return
      started.push(service)
      await service.start()
    }
    makeDataDirectory(env.dataDir)
    const door: Door = await openDoor(env)
    started.push({ name: 'door', start: async () => {}, stop: door.close })
    if (!env.databaseUrl) {
      const embedded = await startEmbedded({ dataDir: env.dataDir, log, onLost: () => leave(1) })
      started.push({ name: 'database', start: async () => {}, stop: embedded.stop })
    }
    const { connection, database } = await openDatabase(env, {
      log,
      onLost: () => leave(1),
      opened: (name, stop) => started.push({ name, start: async () => {}, stop }),
    })
    const secretKey = await establishSecretKey(database.sql, env, log)
    await refuseOpenDoor(env, database.sql)
    await adoptEarlierServers(database.sql, env.dataDir)
    const publicUrl = env.publicUrl ?? door.url
    const internalUrl = env.internalUrl ?? urlForOthers(env, door.url)
    const shared = {
      env,
      log,
      connection,
      database,
      secretKey,
      door,
      publicUrl,
      internalUrl,
      group: randomUUID(),
      isStopping: () => stopping !== null,
    }
    const server = env.role === 'runner' ? await createRunnerServer(shared) : await createWebServer(shared)
    forceStop = () => server.forceStop()
    await begin(createHeartbeat({ ...shared, ...server.heartbeat }))
    const logs = createLogStores({ dataDir: env.dataDir, maxBytes: env.maxLogBytes })
    await begin(createNotifications({ ...shared, ...server.heartbeat, sql: database.sql, logs }))
    await begin(server)
    if (!stopping) await announce({ env, url: door.url, publicUrl, sql: database.sql })
  }
  isUp = up()
  await isUp.catch(async (error) => {
    stopping ??= (async () => {
      for (const service of started.splice(0).reverse()) await service.stop().catch(() => {})
    })()
    await stopping
    const explained = explainDatabaseError(error)
    throw explained instanceof Error ? explained : new StartupError(String(error))
  })
}
