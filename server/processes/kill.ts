import { setTimeout as sleep } from 'node:timers/promises'
import { findByMarker } from './by-marker'
import type { ProcessIdentity } from './groups'
import { findPipeHolders } from './pipe-holders'
import { isAlive, signalTo, startedTicksOf } from './process-table'

/**
 * Kills every process that carries the run's id, wherever it went (`setsid`, reparented), until none is left.
 * Resolves with the number killed. `fresh`: for runs that another process started.
 */
export function killByMarker(runId: string, options: { fresh?: boolean } = {}): Promise<number> {
  return killWhile(() => findByMarker(runId, options))
}

/** Kills those of them that are still alive. Resolves with the number killed. */
export function killProcesses(processes: ProcessIdentity[]): Promise<number> {
  const same = processes.filter(({ pid, startedTicks }) => startedTicksOf(pid) === startedTicks)
  return killWhile(async () => same.map(({ pid }) => pid).filter(isAlive))
}

/** Kills who can still write into one of these pipes (`pipe:[number]`): an output that nobody ends. */
export function killPipeHolders(pipes: string[]): Promise<number> {
  return killWhile(() => findPipeHolders(pipes))
}

/** Kills what is found until nothing is. Resolves with the number killed. */
async function killWhile(find: () => Promise<number[]>): Promise<number> {
  const killed = new Set<number>()
  const beyondUs = new Set<number>()
  for (;;) {
    const found = (await find()).filter((pid) => !beyondUs.has(pid))
    if (found.length === 0) return killed.size
    for (const pid of found) {
      const answer = signalTo(pid, 'SIGKILL')
      if (answer === 'sent') killed.add(pid)
      if (answer === 'refused') beyondUs.add(pid)
    }
    await allGone(found.filter((pid) => !beyondUs.has(pid)))
  }
}

async function allGone(pids: number[]): Promise<void> {
  for (let pauseMs = 1; pids.some(isAlive); pauseMs = Math.min(50, pauseMs * 2)) await sleep(pauseMs)
}
