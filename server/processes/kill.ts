import { setTimeout as sleep } from 'node:timers/promises'
import { findByMarker } from './by-marker'
import type { ProcessIdentity } from './groups'
import { findPipeHolders } from './pipe-holders'
import { isAlive, signalTo, startedTicksOf } from './process-table'

/**
 * Kills every process with the run's id in its environment, even after `setsid` or reparenting, until none is left.
 * Resolves with the number killed. `fresh`: for runs that another process started.
 */
export function killByMarker(runId: string, options: { fresh?: boolean } = {}): Promise<number> {
  return killWhile(() => findByMarker(runId, options))
}

/** Kills those of the processes that are still alive. Resolves with the number killed. */
export function killProcesses(processes: ProcessIdentity[]): Promise<number> {
  const same = processes.filter(({ pid, startedTicks }) => startedTicksOf(pid) === startedTicks)
  return killWhile(async () => same.map(({ pid }) => pid).filter(isAlive))
}

/** Kills the processes that can still write into one of these pipes (`pipe:[number]`) and so keep the output open. */
export function killPipeHolders(pipes: string[]): Promise<number> {
  return killWhile(() => findPipeHolders(pipes))
}

/** Kills the processes found until none is. Resolves with the number killed. */
async function killWhile(find: () => Promise<number[]>): Promise<number> {
  const killed = new Set<number>()
  const notPermitted = new Set<number>()
  for (;;) {
    const found = (await find()).filter((pid) => !notPermitted.has(pid))
    if (found.length === 0) return killed.size
    for (const pid of found) {
      const result = signalTo(pid, 'SIGKILL')
      if (result === 'sent') killed.add(pid)
      if (result === 'refused') notPermitted.add(pid)
    }
    await allEnded(found.filter((pid) => !notPermitted.has(pid)))
  }
}

async function allEnded(pids: number[]): Promise<void> {
  for (let pauseMs = 1; pids.some(isAlive); pauseMs = Math.min(50, pauseMs * 2)) await sleep(pauseMs)
}
