import { openClient } from '@/db/connection'
import { connectionOf, poolSizes } from '@/server/platform/database'
import { readEnv } from '@/server/platform/env'
import { createLogger } from '@/server/platform/logger'
import { concealProcess } from '@/server/processes/conceal'
import type { FromRunner, ToRunner } from '@/server/runner/messages'
import { createRunnerServices } from './runner-services'

/**
 * The runner as a process of its own: started by boot, told by messages, and left alone when boot dies: then it finishes
 * what it holds, claims no more, and leaves.
 */
async function main() {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  concealProcess()
  const begin = await firstMessage()
  if (!begin) return process.exit(0)
  const { environment, settings } = begin
  Object.assign(process.env, environment)
  const env = readEnv(process.env)
  const log = createLogger(env.logLevel, { part: 'runner' })
  const connection = connectionOf(env)
  const send = (message: FromRunner) => {
    // Told to nobody: that it is gone is heard by `disconnect`, and must not end what runs here.
    if (process.connected) process.send?.(message, undefined, undefined, () => {})
  }
  const services = createRunnerServices({
    env,
    log,
    connection,
    // Not Drizzle, which nothing here needs.
    sql: openClient(connection, {
      max: poolSizes(env.databaseConnections).runner,
      applicationName: 'reveille runner',
      leaseMs: env.leaseMs,
    }),
    settings,
    send,
  })
  let isLeaving = false
  let isAlone = false
  const leave = (drainMs: number | null) => {
    if (isLeaving) return
    isLeaving = true
    void services.leave(drainMs).finally(() => process.exit(0))
  }
  const handle = (message: ToRunner) => {
    if (message.type === 'notify') services.notifier.receive(message.topics)
    if (message.type === 'claimed') services.runner.accept(message.workerId, message.run)
    if (message.type === 'drain') leave(message.drainMs)
    if (message.type === 'kill') void services.kill()
  }
  process.off('message', keep)
  process.on('message', handle)
  process.on('disconnect', () => {
    log.warn('the web server is gone: finishing the runs that are held, claiming no more')
    isAlone = true
    leave(null)
  })
  const stop = () => {
    leave(env.drainMs)
    // Left by its web server it was finishing its runs, however long they take.
    if (isAlone) services.drain(env.drainMs).catch((err) => log.error({ err }, 'the runs could not be stopped'))
  }
  process.on('SIGTERM', stop)
  process.on('SIGHUP', stop)
  // Sent to a terminal's processes, it reaches boot too, which says what to do.
  process.on('SIGINT', () => {})
  // Boot may have died while this was being loaded, before anyone listened for it.
  if (!process.connected) return process.exit(0)
  for (const message of early.splice(0)) handle(message)
  await services.start()
  send({ type: 'ready' })
}

/** Messages that came with the first one, before anything could handle them: a server may stop at once. */
const early: ToRunner[] = []
const keep = (message: ToRunner) => void early.push(message)

/** Null when boot is gone before it has said anything. */
async function firstMessage() {
  if (!process.connected) return null
  const message = await new Promise<ToRunner | undefined>((resolve) => {
    process.once('message', (first: ToRunner) => {
      process.on('message', keep)
      resolve(first)
    })
    process.once('disconnect', () => resolve(undefined))
  })
  return message?.type === 'begin' ? message : null
}

main().catch((error) => {
  process.stderr.write(`reveille: the runner could not start: ${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
})
