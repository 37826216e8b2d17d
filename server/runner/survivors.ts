import { setTimeout as sleep } from 'node:timers/promises'
import { findCarriers } from './carriers'
import { isAlive, signalTo } from './process-table'

/**
 * Kills every process that carries the run's id, wherever it went (`setsid`, reparented), until none is left.
 * Resolves with the number killed. `fresh`: ask the kernel anew, for runs that another process started.
 */
export function killSurvivors(runId: string, options: { fresh?: boolean } = {}): Promise<number> {
  return killAll(() => findCarriers(runId, options))
}

/** Kills what is found until nothing is. Resolves with the number killed. */
export async function killAll(find: () => Promise<number[]>): Promise<number> {
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
