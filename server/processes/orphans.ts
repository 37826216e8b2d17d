import { findByMarker } from './by-marker'
import { descendantsOf, membersOf, type ProcessIdentity } from './groups'
import { killByMarker, killProcesses } from './kill'
import { isAlive, signalTo, startedTicksOf } from './process-table'
import { stopGroup } from './stop-group'

/** A run whose runner has died: what identifies its processes. */
export type OrphanedRun = { pid: number | null; startedTicks: string | null; runId: string }

/**
 * Kills the remaining processes of a run whose runner has died: its process group and every process with its id in the
 * environment. A pid that has been reassigned to another process is not touched. Resolves with the number killed once
 * none is alive.
 */
export async function killOrphans({ pid, startedTicks, runId }: OrphanedRun): Promise<number> {
  let killed = 0
  let descendants: ProcessIdentity[] = []
  if (pid !== null && (await isGroupOfRun(pid, startedTicks, runId))) {
    descendants = await descendantsOf(pid)
    const leaderAlive = () => isAlive(pid) && signalTo(pid, 0) === 'sent'
    if (leaderAlive()) killed += 1
    killed += await stopGroup(pid, 0, leaderAlive)
  }
  return killed + (await killByMarker(runId, { fresh: true })) + (await killProcesses(descendants))
}

async function isGroupOfRun(pid: number, startedTicks: string | null, runId: string): Promise<boolean> {
  if (startedTicks !== null && startedTicksOf(pid) === startedTicks) return true
  // The leader may have died before the rest of its group; the kernel does not reassign a pid while its group has members.
  const members = await membersOf(pid)
  if (members.length === 0) return false
  const marked = await findByMarker(runId, { fresh: true })
  return members.some((member) => marked.includes(member))
}
