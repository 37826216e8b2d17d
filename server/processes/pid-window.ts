import { newestPid } from './process-table'

/** How long the numbers of the kernel tell processes apart: handing out all of them takes longer. */
export const pidWindowMs = 1000

/** Whether the kernel, which counts pids up and begins again, may have given one out after `since` and up to `newest`. */
export function isAssignedBetween(pid: number, since: number, newest: number): boolean {
  return since <= newest ? pid > since && pid <= newest : pid > since || pid <= newest
}

/** In the order in which they were started. */
const started: { pid: number; at: number }[] = []
const mostKept = 256

/** Every program that this process starts is told here. */
export function recordStarted(pid: number): void {
  started.push({ pid, at: performance.now() })
  if (started.length > mostKept) started.splice(0, mostKept / 2)
}

/**
 * Whether a program, ended by now, can have started nothing: since it began, the kernel, which hands out pids in a circle,
 * has given none but to programs that this process started. Most short runs are known by it to have left nothing behind,
 * where a look at every process there is would be wanted. False also where it can not be told.
 */
export function hasSpawnedNothing(pid: number): boolean {
  const at = started.findLastIndex((program) => program.pid === pid)
  const program = started[at]
  if (!program || performance.now() - program.at > pidWindowMs) return false
  const newest = newestPid()
  const since = started.slice(at + 1).map((later) => later.pid)
  return newest !== null && areAllOf(since, pid, newest)
}

/** Whether `pids` are all that were given out after `pid` and up to `newest`. */
export function areAllOf(pids: number[], pid: number, newest: number): boolean {
  return new Set(pids.filter((later) => isAssignedBetween(later, pid, newest))).size === newest - pid
}
