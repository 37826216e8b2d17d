import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { processFacts } from '@/scripts/process-lock.mjs'
import { StartupError } from '@/server/domain/startup-error'
import { type RunAs, spawnIdentity } from './run-as'

export type PostmasterPlan = {
  postgres: string
  cluster: string
  socketDirectory: string
  logFile: string
  settings: Record<string, string>
  runAs: RunAs | undefined
}
/** `child` only where this process started it: of an adopted one only the pid is known. */
export type Postmaster = { pid: number; adopted: boolean; child?: ChildProcess }

const startTimeoutMs = 30_000
const maxLogFileBytes = 10 * 1024 * 1024

/** Adopts the postmaster that a killed server left running, or starts one. Resolves when it accepts connections. */
export async function startPostmaster(plan: PostmasterPlan): Promise<Postmaster> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    const left = livingPostmaster(plan.cluster)
    if (left && (await isReady(left, plan.cluster, deadline))) return { pid: left, adopted: true }
    if (left) continue
    removeStaleFiles(plan)
    const child = launch(plan)
    if (child.pid && (await isReady(child.pid, plan.cluster, deadline)))
      return { pid: child.pid, adopted: false, child }
    // The processes of a postmaster that was just killed still hold its shared memory; they end within moments.
    if (Date.now() > deadline || !logEndsWith(plan.logFile, /pre-existing shared memory|lock file .* already exists/)) {
      throw new StartupError(
        `The embedded PostgreSQL did not start; ${plan.logFile} says why: ${lastLogLine(plan.logFile)}`,
      )
    }
    await sleep(100)
  }
}

/** Fast shutdown, then immediate, then kill. Resolves when the process has ended. */
export async function stopPostmaster(postmaster: Postmaster, cluster: string): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', 8000],
    ['SIGQUIT', 3000],
    ['SIGKILL', 3000],
  ] as const) {
    if (!isPostmaster(postmaster.pid, cluster)) return
    kill(postmaster.pid, signal)
    for (const end = Date.now() + waitMs; Date.now() < end && isPostmaster(postmaster.pid, cluster); ) await sleep(10)
  }
}

/** A pid alone is not enough: pids are reused, and dead processes remain as zombies. */
export function isPostmaster(pid: number, cluster: string): boolean {
  return processFacts(pid)?.command.includes(`-D ${cluster}`) ?? false
}

function livingPostmaster(cluster: string): number | undefined {
  const pid = Number(pidFile(cluster)[0])
  return isPostmaster(pid, cluster) ? pid : undefined
}

async function isReady(pid: number, cluster: string, deadline: number): Promise<boolean> {
  for (; Date.now() < deadline; await sleep(10)) {
    const [filePid, , , , , , , status] = pidFile(cluster)
    if (Number(filePid) === pid && status?.trim() === 'ready') return isPostmaster(pid, cluster)
    if (!processFacts(pid)) return false
  }
  return false
}

function launch(plan: PostmasterPlan): ChildProcess {
  if ((statSync(plan.logFile, { throwIfNoEntry: false })?.size ?? 0) > maxLogFileBytes) {
    renameSync(plan.logFile, `${plan.logFile}.1`)
  }
  const settings = { listen_addresses: '', unix_socket_directories: plan.socketDirectory, ...plan.settings }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const output = openSync(plan.logFile, 'a', 0o600)
  const child = spawn(plan.postgres, ['-D', plan.cluster, ...args], {
    ...spawnIdentity(plan.runAs),
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  child.on('error', () => {})
  child.unref()
  return child
}

function removeStaleFiles({ cluster, socketDirectory }: PostmasterPlan) {
  for (const stale of [
    join(cluster, 'postmaster.pid'),
    join(socketDirectory, '.s.PGSQL.5432.lock'),
    join(socketDirectory, '.s.PGSQL.5432'),
  ]) {
    rmSync(stale, { force: true })
  }
}

function pidFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

function lastLogLine(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n')
  return lines.findLast((line) => /FATAL|ERROR/.test(line)) ?? lines.at(-1) ?? ''
}

function logEndsWith(logFile: string, pattern: RegExp): boolean {
  return readFileSync(logFile, 'utf8')
    .trim()
    .split('\n')
    .slice(-6)
    .some((line) => pattern.test(line))
}

function kill(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already.
  }
}
