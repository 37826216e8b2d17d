import { listPids } from './process-table'
import type { Breathe } from './shared-scan'

/** Processes may be started while others are looked at, by some that have ended since: these are looked at as well. */
const mostListings = 4

/** Calls `visit` once with every pid there is, and with those that were given out meanwhile. */
export async function visitPids(breathe: Breathe, visit: (pid: number) => void): Promise<void> {
  const seen = new Set<number>()
  for (let listing = 0; listing < mostListings; listing++) {
    const fresh = listPids().filter((pid) => !seen.has(pid))
    if (fresh.length === 0) return
    for (const pid of fresh) {
      seen.add(pid)
      visit(pid)
      const pause = breathe()
      if (pause) await pause
    }
  }
}
