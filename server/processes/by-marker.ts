import { setTimeout as sleep } from 'node:timers/promises'
import { isAssignedBetween, pidWindowMs } from './pid-window'
import { approximateNewestPid, hasProc, isAlive, ps, readProc, statOf } from './process-table'
import { createSharedScan, type YieldIfDue } from './shared-scan'
import { visitPids } from './visit-pids'

/**
 * The living processes that have a run's id in their environment, and so belong to it even after `setsid`. The environment
 * of a process is read once and cached for as long as every scan lists its pid and the kernel, which assigns pids
 * cyclically, cannot have reassigned it since the last scan. `fresh`: the cache is cleared first.
 */
export async function findByMarker(runId: string, options: { fresh?: boolean } = {}): Promise<number[]> {
  isCacheStale ||= options.fresh === true
  const pids = (await scanMarkers()).get(runId) ?? []
  return pids.filter((pid) => pid !== process.pid && isAlive(pid))
}

/** The run id in a block of `NAME=value` entries, each ended by NUL. */
export function runIdIn(environ: string): string | null {
  const at = environ.startsWith(marker) ? 0 : environ.indexOf(`\0${marker}`) + 1
  if (at === 0 && !environ.startsWith(marker)) return null
  const end = environ.indexOf('\0', at)
  return environ.slice(at + marker.length, end < 0 ? undefined : end)
}

/** Lines of `pid command… environment…` as `ps` prints them → pid and run id. */
export function markersFromPs(text: string): Map<number, string> {
  const found = new Map<number, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s.*?\sREVEILLE_RUN_ID=(\S+)/.exec(line)
    if (match?.[2]) found.set(Number(match[1]), match[2])
  }
  return found
}

/** Arguments for `ps` to show environments: procps takes `e`, macOS `-E`. */
export const psWithEnvironment = [process.platform === 'darwin' ? '-axEww' : 'axeww', '-o', 'pid=,command=']

const marker = 'REVEILLE_RUN_ID='

let isCacheStale = false
let cache = new Map<number, string | null>()
let newestPidAtScan: number | null = null
let scannedAt = 0

const scanMarkers = createSharedScan(async (yieldIfDue) => {
  const markers = hasProc ? await readMarkers(yieldIfDue) : markersFromPs(await ps(psWithEnvironment))
  const byRun = new Map<string, number[]>()
  for (const [pid, runId] of markers) if (runId !== null) byRun.set(runId, [...(byRun.get(runId) ?? []), pid])
  return byRun
})

async function readMarkers(yieldIfDue: YieldIfDue): Promise<Map<number, string | null>> {
  dropReassigned(performance.now())
  const markers = new Map<number, string | null>()
  let undecided: number[] = []
  await visitPids(yieldIfDue, (pid) => {
    const cached = cache.get(pid)
    const runId = cached === undefined ? markerOf(pid) : cached
    if (runId === undefined) undecided.push(pid)
    else markers.set(pid, runId)
  })
  // A process in the middle of exec shows no environment for some microseconds.
  for (let attempt = 0; undecided.length > 0 && attempt < 3; attempt++) {
    await sleep(1)
    undecided = undecided.filter((pid) => {
      const runId = markerOf(pid)
      if (runId !== undefined) markers.set(pid, runId)
      return runId === undefined
    })
  }
  cache = markers
  return markers
}

/** The run id in a process's environment, null for none, undefined while the environment cannot be read yet. */
function markerOf(pid: number): string | null | undefined {
  const environ = readProc(`/proc/${pid}/environ`)
  if (environ === null || environ === 'denied') return null
  if (environ !== '') return runIdIn(environ)
  const stat = statOf(pid)
  return stat === null || stat.dead || stat.kernelThread ? null : undefined
}

/** Drops the cached pids that the kernel may have reassigned since the last scan. */
function dropReassigned(now: number): void {
  const newest = approximateNewestPid()
  const since = newestPidAtScan
  if (isCacheStale || newest === null || since === null || now - scannedAt > pidWindowMs) cache.clear()
  else {
    for (const pid of cache.keys()) if (isAssignedBetween(pid, since, newest)) cache.delete(pid)
  }
  isCacheStale = false
  newestPidAtScan = newest
  scannedAt = now
}
