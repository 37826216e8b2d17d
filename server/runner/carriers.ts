import { hasProc, isAlive, listPids, newestPidOrSo, ps, readProc, statOf } from './process-table'

/**
 * Which processes carry a run's id in their environment, and so belong to it even after `setsid`.
 *
 * One scan answers for every run that asked before it began, and scans take at most a tenth of the time. The environment
 * of a process is read once: what is known of a pid holds while the pid is listed in every scan and the kernel, which
 * hands out pids in a circle, has not passed it since the last one.
 */
export function findCarriers(runId: string, options: { fresh?: boolean } = {}): Promise<number[]> {
  return new Promise((resolve, reject) => {
    waiting.push({ runId, resolve, reject })
    forgetAll ||= options.fresh === true
    if (!scheduled) schedule()
  })
}

/** The run id in a block of `NAME=value` entries, each ended by NUL. */
export function runIdIn(environ: string): string | null {
  const at = environ.startsWith(marker) ? 0 : environ.indexOf(`\0${marker}`) + 1
  if (at === 0 && !environ.startsWith(marker)) return null
  const end = environ.indexOf('\0', at)
  return environ.slice(at + marker.length, end < 0 ? undefined : end)
}

/** Whether the kernel, which counts pids up and begins again, may have given one out after `since` and up to `newest`. */
export function wasGivenOut(pid: number, since: number, newest: number): boolean {
  return since <= newest ? pid > since && pid <= newest : pid > since || pid <= newest
}

/** Lines of `pid command… environment…` as `ps` prints them → pid and run id. */
export function carriersFromPs(text: string): Map<number, string> {
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
const longestPauseMs = 100
/** How long the numbers of the kernel tell processes apart: handing out all of them takes longer. */
export const longestTrustMs = 1000
const sliceSize = 128

type Waiter = { runId: string; resolve(pids: number[]): void; reject(error: unknown): void }

let waiting: Waiter[] = []
let scheduled = false
let forgetAll = false
let known = new Map<number, string | null>()
let newestThen: number | null = null
let scannedAt = 0
let nextScanAt = 0

function schedule(): void {
  scheduled = true
  const pauseMs = nextScanAt - performance.now()
  if (pauseMs < 1) setImmediate(() => void answer())
  else setTimeout(() => void answer(), pauseMs)
}

async function answer(): Promise<void> {
  const asked = waiting
  waiting = []
  const beganAt = performance.now()
  try {
    const carriers = hasProc ? await scanProc(beganAt) : carriersFromPs(await ps(psWithEnvironment))
    for (const { runId, resolve } of asked) resolve(carrying(carriers, runId))
  } catch (error) {
    for (const { reject } of asked) reject(error)
  }
  const endedAt = performance.now()
  nextScanAt = endedAt + Math.min(longestPauseMs, (endedAt - beganAt) * 9)
  scheduled = false
  if (waiting.length > 0) schedule()
}

function carrying(carriers: Map<number, string | null>, runId: string): number[] {
  const pids: number[] = []
  for (const [pid, carried] of carriers) if (carried === runId && pid !== process.pid && isAlive(pid)) pids.push(pid)
  return pids
}

async function scanProc(now: number): Promise<Map<number, string | null>> {
  forgetReused(now)
  const pids = listPids()
  const kept = new Map<number, string | null>()
  let unsettled: number[] = []
  let looked = 0
  for (const pid of pids) {
    let carried = known.get(pid)
    if (carried === undefined) {
      carried = carriedBy(pid)
      if (++looked % sliceSize === 0) await new Promise(setImmediate)
    }
    if (carried === undefined) unsettled.push(pid)
    else kept.set(pid, carried)
  }
  // A process in the middle of exec shows no environment for some microseconds.
  for (let attempt = 0; unsettled.length > 0 && attempt < 3; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    unsettled = unsettled.filter((pid) => {
      const carried = carriedBy(pid)
      if (carried !== undefined) kept.set(pid, carried)
      return carried === undefined
    })
  }
  known = kept
  return kept
}

/** The run id a process carries, null for none, undefined when it can not be said yet. */
function carriedBy(pid: number): string | null | undefined {
  const environ = readProc(`/proc/${pid}/environ`)
  if (environ === null || environ === 'denied') return null
  if (environ !== '') return runIdIn(environ)
  const stat = statOf(pid)
  return stat === null || stat.dead || stat.kernelThread ? null : undefined
}

/** Drops what was known of pids the kernel may have given away since the last scan. */
function forgetReused(now: number): void {
  const newest = newestPidOrSo()
  const since = newestThen
  if (forgetAll || newest === null || since === null || now - scannedAt > longestTrustMs) known.clear()
  else {
    for (const pid of known.keys()) if (wasGivenOut(pid, since, newest)) known.delete(pid)
  }
  forgetAll = false
  newestThen = newest
  scannedAt = now
}
