import { hasProc, type ProcessStat, ps, statOf } from './process-table'
import { createSharedScan } from './shared-scan'
import { visitPids } from './visit-pids'

/** Identifies a process uniquely, which its pid alone does not: pids are reused. */
export type ProcessIdentity = { pid: number; startedTicks: string | null }

/** The living processes of a group. */
export async function membersOf(group: number): Promise<number[]> {
  return (await scanTable()).byGroup.get(group) ?? []
}

/**
 * All descendants of a process, including those that have left its group and cleared its environment, as long as their
 * parents live. Empty where there is no /proc.
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

const scanTable = createSharedScan(async (yieldIfDue): Promise<Table> => {
  const table: Table = { byGroup: new Map(), byParent: new Map() }
  const add = (pid: number, { dead, parent, group, startedTicks }: Listed) => {
    push(table.byParent, parent, { pid, startedTicks })
    if (!dead) push(table.byGroup, group, pid)
  }
  if (hasProc) {
    await visitPids(yieldIfDue, (pid) => {
      const stat = statOf(pid)
      if (stat) add(pid, stat)
    })
  } else {
    for (const { pid, ...listed } of tableFromPs(await ps(psTable))) add(pid, listed)
  }
  return table
})

/** Arguments for `ps`, whose output `tableFromPs` reads. */
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
