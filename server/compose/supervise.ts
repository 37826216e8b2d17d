import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '@/db/package-root'
import type { LocalRunner } from '@/server/engine/wakeups/request'
import type { Topic } from '@/server/live/notifier'
import type { Log } from '@/server/platform/logger'
import { visibleEnvironment } from '@/server/processes/conceal'
import type { FromRunner, RunnerSettings, ToRunner } from '@/server/runner/messages'

export type Supervisor = {
  /** Resolves when the first runner has begun its life. */
  start(): Promise<void>
  notify(topics: Topic[]): void
  runner: LocalRunner
  /** The life of the runner under way. */
  serverId(): string | null
  /** Ends a runner that was found lost though its process is there: frozen, or cut off. */
  replace(serverId: string): void
  /** Drains and resolves when the runner has left. */
  stop(drainMs: number): Promise<void>
  /** A second wish to stop: kills what runs, at once. */
  stopNow(): void
}

const longestBackOffMs = 10_000
const steadyAfterMs = 30_000

/**
 * Keeps one runner: a small process of its own, in a group of its own, so that it outlives this one. Its death is seen
 * at once: `onDied` deals with what it left, then another is started, later each time it does not last.
 */
export function createSupervisor(options: {
  settings: RunnerSettings
  dataDir: string
  log: Log
  onMessage(message: FromRunner): void
  onDied(serverId: string | null): Promise<void>
}): Supervisor {
  const { log } = options
  let child: ChildProcess | null = null
  let serverId: string | null = null
  /** What the runner has said last; each claim here takes one. */
  let room: { serverId: string; free: number } | null = null
  let isStopping = false
  let failures = 0

  function startOne(): Promise<void> {
    const startedAt = performance.now()
    const runner = spawnRunner(options.dataDir)
    child = runner
    tell({ type: 'begin', environment: { ...process.env }, settings: options.settings })
    serverId = null
    room = null
    const ready = new Promise<void>((resolve, reject) => {
      runner.once('exit', () => reject(new Error('the runner ended while it was starting')))
      runner.on('message', (message: FromRunner) => {
        if (message.type === 'life') serverId = message.serverId
        if (message.type === 'ready') resolve()
        if (message.type === 'room' && !isStopping) room = message
        options.onMessage(message)
      })
    })
    const died = (code: number | null, signal: string | null) => {
      child = null
      room = null
      if (isStopping) return
      failures = performance.now() - startedAt > steadyAfterMs ? 0 : failures + 1
      log.error({ code, signal, runnerPid: runner.pid, serverId }, 'the runner died')
      void restart(serverId)
    }
    runner.on('exit', died)
    runner.on('error', (err) => {
      log.error({ err }, 'the runner')
      // One that never began has no exit to hear of.
      if (runner.pid === undefined) died(null, null)
    })
    return ready
  }

  async function restart(left: string | null) {
    await options.onDied(left).catch((err) => log.error({ err }, 'could not deal with what the runner left'))
    await sleep(failures <= 1 ? 0 : Math.min(longestBackOffMs, 200 * 2 ** failures))
    if (!isStopping) await startOne().catch((err) => log.error({ err }, 'the runner did not start'))
  }

  function tell(message: ToRunner) {
    if (child?.connected) child.send(message, () => {})
  }

  function take(): string | null {
    if (!room || room.free === 0) return null
    room = { ...room, free: room.free - 1 }
    return room.serverId
  }

  return {
    start: startOne,
    notify(topics) {
      if (topics.length > 0) tell({ type: 'notify', topics })
    },
    runner: { take, accept: (serverId, run) => tell({ type: 'claimed', serverId, run }) },
    serverId: () => serverId,
    replace(lost) {
      if (serverId !== lost || !child) return
      log.warn({ serverId, runnerPid: child.pid }, 'the runner does not answer: killing it')
      child.kill('SIGKILL')
    },
    async stop(drainMs) {
      isStopping = true
      room = null
      const leaving = child
      if (!leaving || leaving.exitCode !== null || leaving.signalCode !== null) return
      const left = once(leaving, 'exit')
      tell({ type: 'drain', drainMs })
      await left
    },
    stopNow: () => tell({ type: 'kill' }),
  }
}

/** With its data directory on the command line, for people who look for it. */
function spawnRunner(dataDir: string): ChildProcess {
  // Beside the bundle this is in; from the source tree there is none.
  const built = fileURLToPath(new URL('runner.mjs', import.meta.url))
  const isBuilt = existsSync(built)
  return fork(isBuilt ? built : join(packageRoot(), 'server', 'compose', 'runner-process.ts'), [dataDir], {
    cwd: process.cwd(),
    detached: true,
    execArgv: isBuilt ? [] : ['--import', 'tsx'],
    env: visibleEnvironment(process.env),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}
