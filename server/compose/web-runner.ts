import { createRunnerWatch } from '@/server/engine/reaper/runner-watch'
import type { LocalRunner } from '@/server/engine/wakeups/request'
import type { Notifier, Topic } from '@/server/live/notifier'
import type { LogServices } from './log-services'
import type { ServerParts } from './server-parts'
import { createSupervisor } from './supervise'

export type WebRunner = {
  start(): Promise<void>
  stop(): Promise<unknown>
  /** Kills its runs without their grace. */
  stopNow(): void
  notify(topics: Topic[]): void
  runner: LocalRunner
  hasOthers(): boolean
}

/** The runner process of a web server: supervised, and its lease watched. */
export function createWebRunner(options: {
  parts: ServerParts
  notifier: Pick<Notifier, 'receive'>
  logs: Pick<LogServices, 'heard'>
  /** Ends or requeues the runs that a dead runner has left. */
  recover(): Promise<void>
}): WebRunner {
  const { parts, notifier, logs } = options
  const { env, log, database } = parts
  let hasOthers = true
  const supervisor = createSupervisor({
    log,
    dataDir: env.dataDir,
    settings: { group: parts.group, bootPid: process.pid, apiUrl: parts.publicUrl, url: parts.internalUrl },
    onMessage(message) {
      if (message.type === 'notify') notifier.receive(message.topics)
      if (message.type === 'log') logs.heard(message.runId, message.what)
      if (message.type === 'others') hasOthers = message.any
    },
    onDied: options.recover,
  })
  const watching = createRunnerWatch({
    sql: database.sql,
    leaseMs: env.leaseMs,
    log,
    workerId: supervisor.workerId,
    replace: supervisor.replace,
  })
  return {
    async start() {
      await supervisor.start()
      watching.start()
    },
    stop: () => Promise.all([supervisor.stop(env.drainMs), watching.stop()]),
    stopNow: supervisor.stopNow,
    notify: supervisor.notify,
    runner: supervisor.runner,
    hasOthers: () => hasOthers,
  }
}
