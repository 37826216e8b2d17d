import { setTimeout as sleep } from 'node:timers/promises'
import { findCarriers } from './carriers'
import { familyOf, type Kin, killFamily } from './kin'
import { isAlive, membersOf, signalTo, startedTicksOf, statOf } from './process-table'
import { killSurvivors } from './survivors'

/**
 * Ends the process group of a child of this process: SIGTERM, `graceMs` for all of its members, SIGKILL until the group
 * is empty. Resolves with the number of processes beside the leader that had to be killed. With `graceMs` 0 it kills at once.
 */
export async function endGroup(group: number, graceMs: number, leaderAlive: () => boolean): Promise<number> {
  const living = groupWatch(group, leaderAlive)
  if (graceMs > 0 && (await living())) {
    signalTo(-group, 'SIGTERM')
    if (await emptied(living, performance.now() + graceMs)) return 0
  }
  const killed = new Set<number>()
  while (await living()) {
    for (const pid of await membersOf(group)) if (pid !== group) killed.add(pid)
    signalTo(-group, 'SIGKILL')
    await emptied(living, performance.now() + 1000)
  }
  return killed.size
}

/** What a run is known by after the runner that started it has died. */
export type Leftover = { pid: number | null; startedTicks: string | null; runId: string }

/**
 * Kills what is left of a run whose runner is gone: its process group and every process that carries its id.
 * A pid that was given to another process since is not touched. Resolves with the number killed when none is alive.
 */
export async function killLeftover({ pid, startedTicks, runId }: Leftover): Promise<number> {
  let killed = 0
  let family: Kin[] = []
  if (pid !== null && (await isGroupOfRun(pid, startedTicks, runId))) {
    family = familyOf(pid)
    const leaderAlive = () => isAlive(pid) && signalTo(pid, 0) === 'sent'
    if (leaderAlive()) killed += 1
    killed += await endGroup(pid, 0, leaderAlive)
  }
  return killed + (await killSurvivors(runId, { fresh: true })) + (await killFamily(family))
}

async function isGroupOfRun(pid: number, startedTicks: string | null, runId: string): Promise<boolean> {
  if (startedTicks !== null && startedTicksOf(pid) === startedTicks) return true
  // The leader may have died before the rest of its group; a number is not given away while its group lives.
  const members = await membersOf(pid)
  if (members.length === 0) return false
  const carriers = await findCarriers(runId, { fresh: true })
  return members.some((member) => carriers.includes(member))
}

/**
 * Asks whether anything in the group lives. Zombies count for `kill`, but not here; a group that may not be signalled
 * is beyond us, and waiting for it would never end.
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

async function emptied(living: () => Promise<boolean>, deadline: number): Promise<boolean> {
  for (let pauseMs = 1; await living(); pauseMs = Math.min(50, pauseMs * 2)) {
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return false
    await sleep(Math.min(pauseMs, leftMs))
  }
  return true
}
