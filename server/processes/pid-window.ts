import { newestPid } from './process-table'

/** How long a pid identifies one process: the kernel takes longer to assign all of them once. */
export const pidWindowMs = 1000

/** Whether the kernel, which counts pids up and wraps around, may have assigned one after `since` and up to `newest`. */
export function isAssignedBetween(pid: number, since: number, newest: number): boolean {
  return since <= newest ? pid > since && pid <= newest : pid > since || pid <= newest
}

/** In the order of their starts. */
const started: { pid: number; at: number }[] = []
const mostKept = 256

/** Every program that this process starts is recorded here. */
export function recordStarted(pid: number): void {
  started.push({ pid, at: performance.now() })
  if (started.length > mostKept) started.splice(0, mostKept / 2)
}

/**
 * Whether a program that has ended can have started no other: since its start, the kernel, which assigns pids cyclically,
 * has assigned them only to programs that this process started. Most short runs are cleared of orphans this way, without
 * a scan of all processes. False also where the kernel does not report its newest pid.
 */
export function hasSpawnedNothing(pid: number): boolean {
  const at = started.findLastIndex((program) => program.pid === pid)
  const program = started[at]
  if (!program || performance.now() - program.at > pidWindowMs) return false
  const newest = newestPid()
  const since = started.slice(at + 1).map((later) => later.pid)
  return newest !== null && fillWindow(since, pid, newest)
}

/** Whether `pids` are all that were assigned after `pid` and up to `newest`. */
export function fillWindow(pids: number[], pid: number, newest: number): boolean {
  return new Set(pids.filter((later) => isAssignedBetween(later, pid, newest))).size === newest - pid
}
