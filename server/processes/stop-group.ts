import { setTimeout as sleep } from 'node:timers/promises'
import { membersOf } from './groups'
import { signalTo, statOf } from './process-table'

/**
 * Ends the process group of a child of this process: SIGTERM, `graceMs` for all of its members, SIGKILL until the group
 * is empty. Resolves with the number of processes beside the leader that had to be killed. With `graceMs` 0 it kills at once.
 */
export async function stopGroup(group: number, graceMs: number, leaderAlive: () => boolean): Promise<number> {
  const isAlive = groupWatch(group, leaderAlive)
  if (graceMs > 0 && (await isAlive())) {
    signalTo(-group, 'SIGTERM')
    if (await becameEmpty(isAlive, performance.now() + graceMs)) return 0
  }
  const killed = new Set<number>()
  while (await isAlive()) {
    for (const pid of await membersOf(group)) if (pid !== group) killed.add(pid)
    signalTo(-group, 'SIGKILL')
    await becameEmpty(isAlive, performance.now() + 1000)
  }
  return killed.size
}

/**
 * Whether any process of the group is alive. Zombies count for `kill`, but not here; a group that this user may not signal
 * counts as ended, since waiting for it would never end.
 */
function groupWatch(group: number, leaderAlive: () => boolean): () => Promise<boolean> {
  let witness: number | null = null
  return async () => {
    if (leaderAlive()) return true
    if (signalTo(-group, 0) !== 'sent') return false
    const stat = witness === null ? null : statOf(witness)
    if (stat !== null && !stat.dead && stat.group === group) return true
    witness = (await membersOf(group))[0] ?? null
    return witness !== null
  }
}

async function becameEmpty(isAlive: () => Promise<boolean>, deadline: number): Promise<boolean> {
  for (let pauseMs = 1; await isAlive(); pauseMs = Math.min(50, pauseMs * 2)) {
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return false
    await sleep(Math.min(pauseMs, leftMs))
  }
  return true
}
