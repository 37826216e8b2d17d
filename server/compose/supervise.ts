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
  /** Resolves when the first runner is ready. */
  start(): Promise<void>
  notify(topics: Topic[]): void
  runner: LocalRunner
  /** The worker id of the runner that is running. */
  workerId(): string | null
  /** Kills a runner that was judged lost although its process exists: frozen, or cut off. */
  replace(workerId: string): void
  /** Drains and resolves when the runner has left. */
  stop(drainMs: number): Promise<void>
  /** Kills the runs at once. */
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
  onDied(workerId: string | null): Promise<void>
}): Supervisor {
  const { log } = options
  const room = createRoom()
  const backOff = createBackOff()
  let child: ChildProcess | null = null
  let workerId: string | null = null
  let isStopping = false

  function startOne(): Promise<void> {
    const runner = spawnRunner(options.dataDir)
    child = runner
    workerId = null
    room.clear()
    backOff.started()
    tell({ type: 'begin', environment: { ...process.env }, settings: options.settings })
    runner.on('message', (message: FromRunner) => {
      if (message.type === 'worker') workerId = message.workerId
      if (message.type === 'room' && !isStopping) room.set(message)
      options.onMessage(message)
    })
    runner.on('exit', (code, signal) => died(runner, code, signal))
    runner.on('error', (err) => {
      log.error({ err }, 'the runner')
      // A process that never began has no exit to hear of.
      if (runner.pid === undefined) died(runner, null, null)
    })
    return readiness(runner)
  }

  function died({ pid }: ChildProcess, code: number | null, signal: string | null) {
    child = null
    room.clear()
    if (isStopping) return
    backOff.failed()
    log.error({ code, signal, runnerPid: pid, workerId }, 'the runner died')
    void restart(workerId)
  }

  async function restart(left: string | null) {
    await options.onDied(left).catch((err) => log.error({ err }, 'could not end the runs of the runner that died'))
    await sleep(backOff.waitMs())
    if (!isStopping) await startOne().catch((err) => log.error({ err }, 'the runner did not start'))
  }

  function tell(message: ToRunner) {
    if (child?.connected) child.send(message, () => {})
  }

  return {
    start: startOne,
    notify(topics) {
      if (topics.length > 0) tell({ type: 'notify', topics })
    },
    runner: { take: room.take, accept: (workerId, run) => tell({ type: 'claimed', workerId, run }) },
    workerId: () => workerId,
    replace(lost) {
      if (workerId !== lost || !child) return
      log.warn({ workerId, runnerPid: child.pid }, 'the runner does not answer: killing it')
      child.kill('SIGKILL')
    },
    async stop(drainMs) {
      isStopping = true
      room.clear()
      const leaving = child
      if (!leaving || leaving.exitCode !== null || leaving.signalCode !== null) return
      const left = once(leaving, 'exit')
      tell({ type: 'drain', drainMs })
      await left
    },
    stopNow: () => tell({ type: 'kill' }),
  }
}

/** How many runs the runner has room for, by its last message; each claim of the web server takes one. */
function createRoom() {
  let room: { workerId: string; free: number } | null = null
  return {
    set(told: { workerId: string; free: number }) {
      room = told
    },
    clear() {
      room = null
    },
    take(): string | null {
      if (!room || room.free === 0) return null
      room = { ...room, free: room.free - 1 }
      return room.workerId
    },
  }
}

/** How long to wait before the next runner: longer after each one that did not last. */
function createBackOff() {
  let startedAt = 0
  let failures = 0
  return {
    started() {
      startedAt = performance.now()
    },
    failed() {
      failures = performance.now() - startedAt > steadyAfterMs ? 0 : failures + 1
    },
    waitMs: () => (failures <= 1 ? 0 : Math.min(longestBackOffMs, 200 * 2 ** failures)),
  }
}

function readiness(runner: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    runner.once('exit', () => reject(new Error('the runner ended while it was starting')))
    runner.on('message', (message: FromRunner) => {
      if (message.type === 'ready') resolve()
    })
  })
}

/** The data directory is on the command line for people who look for the process. */
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
