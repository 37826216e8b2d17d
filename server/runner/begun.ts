import { longestTrustMs, wasGivenOut } from './carriers'
import { newestPid } from './process-table'

/** In the order in which they were started. */
const begun: { pid: number; at: number }[] = []
const mostKept = 256

/** Every program that this process starts is told here. */
export function noteBegun(pid: number): void {
  begun.push({ pid, at: performance.now() })
  if (begun.length > mostKept) begun.splice(0, mostKept / 2)
}

/**
 * Whether a program, ended by now, can have started nothing: since it began, the kernel, which hands out pids in a circle,
 * has given none but to programs that this process started. Most short runs are known by it to have left nothing behind,
 * where a look at every process there is would be wanted. False also where it can not be told.
 */
export function hasBegunNothing(pid: number): boolean {
  const at = begun.findLastIndex((program) => program.pid === pid)
  const program = begun[at]
  if (!program || performance.now() - program.at > longestTrustMs) return false
  const newest = newestPid()
  const since = begun.slice(at + 1).map((later) => later.pid)
  return newest !== null && areAllOf(since, pid, newest)
}

/** Whether `pids` are all that were given out after `pid` and up to `newest`. */
export function areAllOf(pids: number[], pid: number, newest: number): boolean {
  return new Set(pids.filter((later) => wasGivenOut(later, pid, newest))).size === newest - pid
}
