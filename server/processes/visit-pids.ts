import { listPids } from './process-table'
import type { YieldIfDue } from './shared-scan'

/** Processes may start while others are visited, from parents that have ended since: pids are listed again. */
const maxListings = 4

/** Calls `visit` once with every pid, including those that are assigned during the visit. */
export async function visitPids(yieldIfDue: YieldIfDue, visit: (pid: number) => void): Promise<void> {
  const seen = new Set<number>()
  for (let listing = 0; listing < maxListings; listing++) {
    const fresh = listPids().filter((pid) => !seen.has(pid))
    if (fresh.length === 0) return
    for (const pid of fresh) {
      seen.add(pid)
      visit(pid)
      const pause = yieldIfDue()
      if (pause) await pause
    }
  }
}
