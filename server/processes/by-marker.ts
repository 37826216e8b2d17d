import { setTimeout as sleep } from 'node:timers/promises'
import { isAssignedBetween, pidWindowMs } from './pid-window'
import { approximateNewestPid, hasProc, isAlive, ps, readProc, statOf } from './process-table'
import { type Breathe, createSharedScan } from './shared-scan'
import { visitPids } from './visit-pids'

/**
 * The living processes that have a run's id in their environment, and so belong to it even after `setsid`. The environment
 * of a process is read once: what is known of a pid holds while the pid is listed in every scan and the kernel, which hands
 * out pids in a circle, has not passed it since the last one. `fresh`: what is known is forgotten first.
 */
export async function findByMarker(runId: string, options: { fresh?: boolean } = {}): Promise<number[]> {
  forgetAll ||= options.fresh === true
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

let forgetAll = false
let known = new Map<number, string | null>()
let newestThen: number | null = null
let scannedAt = 0

const scanMarkers = createSharedScan(async (breathe) => {
  const markers = hasProc ? await readMarkers(breathe) : markersFromPs(await ps(psWithEnvironment))
  const byRun = new Map<string, number[]>()
  for (const [pid, runId] of markers) if (runId !== null) byRun.set(runId, [...(byRun.get(runId) ?? []), pid])
  return byRun
})

async function readMarkers(breathe: Breathe): Promise<Map<number, string | null>> {
  forgetReused(performance.now())
  const kept = new Map<number, string | null>()
  let unsettled: number[] = []
  await visitPids(breathe, (pid) => {
    const remembered = known.get(pid)
    const runId = remembered === undefined ? markerOf(pid) : remembered
    if (runId === undefined) unsettled.push(pid)
    else kept.set(pid, runId)
  })
  // A process in the middle of exec shows no environment for some microseconds.
  for (let attempt = 0; unsettled.length > 0 && attempt < 3; attempt++) {
    await sleep(1)
    unsettled = unsettled.filter((pid) => {
      const runId = markerOf(pid)
      if (runId !== undefined) kept.set(pid, runId)
      return runId === undefined
    })
  }
  known = kept
  return kept
}

/** The run id in a process's environment, null for none, undefined when it can not be said yet. */
function markerOf(pid: number): string | null | undefined {
  const environ = readProc(`/proc/${pid}/environ`)
  if (environ === null || environ === 'denied') return null
  if (environ !== '') return runIdIn(environ)
  const stat = statOf(pid)
  return stat === null || stat.dead || stat.kernelThread ? null : undefined
}

/** Drops what was known of pids the kernel may have given away since the last scan. */
function forgetReused(now: number): void {
  const newest = approximateNewestPid()
  const since = newestThen
  if (forgetAll || newest === null || since === null || now - scannedAt > pidWindowMs) known.clear()
  else {
    for (const pid of known.keys()) if (isAssignedBetween(pid, since, newest)) known.delete(pid)
  }
  forgetAll = false
  newestThen = newest
  scannedAt = now
}
