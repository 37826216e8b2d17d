import { readdirSync, readlinkSync } from 'node:fs'
import { hasProc, isAlive, listPids, startedTicksOf, statOf } from './process-table'
import { killAll } from './survivors'

/** A process, named for good. */
export type Kin = { pid: number; startedTicks: string | null }

/**
 * Everything below a process, also what has left its group and cleared its environment: as long as whoever started it
 * lives. Nothing where there is no /proc.
 */
export function familyOf(pid: number): Kin[] {
  if (!hasProc) return []
  const parents = new Map(listPids().map((each) => [each, statOf(each)?.parent]))
  const isBelow = (each: number) => {
    for (let above = parents.get(each); above; above = parents.get(above)) if (above === pid) return true
    return false
  }
  return [...parents.keys()].filter(isBelow).map((each) => ({ pid: each, startedTicks: startedTicksOf(each) }))
}

/** Kills those of them that are still alive. Resolves with the number killed. */
export function killFamily(family: Kin[]): Promise<number> {
  const living = family.filter(({ pid, startedTicks }) => startedTicksOf(pid) === startedTicks)
  return killAll(async () => living.map(({ pid }) => pid).filter(isAlive))
}

/** Kills who can still write into one of these pipes (`pipe:[number]`): an output that nobody ends. */
export function killHolders(pipes: string[]): Promise<number> {
  return killAll(() => findHolders(pipes))
}

const sliceSize = 32

async function findHolders(pipes: string[]): Promise<number[]> {
  if (pipes.length === 0) return []
  const holders: number[] = []
  for (const [at, pid] of listPids().entries()) {
    if (pid !== process.pid && holdsOne(pid, pipes)) holders.push(pid)
    if (at % sliceSize === 0) await new Promise(setImmediate)
  }
  return holders
}

/** What may not be looked at holds nothing, as far as anyone can tell. */
function holdsOne(pid: number, pipes: string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => pipes.includes(readlinkSync(`/proc/${pid}/fd/${fd}`)))
  } catch {
    return false
  }
}
