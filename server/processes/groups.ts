import { hasProc, type ProcessStat, ps, statOf } from './process-table'
import { createSharedScan } from './shared-scan'
import { visitPids } from './visit-pids'

/** A process, named for good: pids are used again. */
export type ProcessIdentity = { pid: number; startedTicks: string | null }

/** The living processes of a group. */
export async function membersOf(group: number): Promise<number[]> {
  return (await scanTable()).byGroup.get(group) ?? []
}

/**
 * Everything below a process, also what has left its group and cleared its environment: as long as whoever started it
 * lives. Nothing where there is no /proc.
 */
export async function descendantsOf(pid: number): Promise<ProcessIdentity[]> {
  if (!hasProc) return []
  const { byParent } = await scanTable()
  const found = new Map<number, ProcessIdentity>()
  for (const above = [pid]; above.length > 0; ) {
    for (const child of byParent.get(above.pop() ?? 0) ?? []) {
      if (found.has(child.pid)) continue
      found.set(child.pid, child)
      above.push(child.pid)
    }
  }
  return [...found.values()]
}

type Listed = Pick<ProcessStat, 'dead' | 'parent' | 'group'> & { startedTicks: string | null }
type Table = { byGroup: Map<number, number[]>; byParent: Map<number, ProcessIdentity[]> }

const scanTable = createSharedScan(async (breathe): Promise<Table> => {
  const table: Table = { byGroup: new Map(), byParent: new Map() }
  const add = (pid: number, { dead, parent, group, startedTicks }: Listed) => {
    push(table.byParent, parent, { pid, startedTicks })
    if (!dead) push(table.byGroup, group, pid)
  }
  if (hasProc) {
    await visitPids(breathe, (pid) => {
      const stat = statOf(pid)
      if (stat) add(pid, stat)
    })
  } else {
    for (const { pid, ...listed } of tableFromPs(await ps(psTable))) add(pid, listed)
  }
  return table
})

/** Arguments for `ps` to show what `tableFromPs` reads. */
export const psTable = ['-A', '-o', 'pid=,ppid=,pgid=,stat=']

/** Lines of `pid ppid pgid stat`. */
export function tableFromPs(text: string): ({ pid: number } & Listed)[] {
  const rows = text.split('\n').map((line) => line.trim().split(/\s+/))
  return rows.flatMap(([pid, parent, group, state]) =>
    state === undefined
      ? []
      : [
          {
            pid: Number(pid),
            parent: Number(parent),
            group: Number(group),
            dead: state.startsWith('Z'),
            startedTicks: null,
          },
        ],
  )
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
