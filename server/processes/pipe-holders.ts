import { readdirSync, readlinkSync } from 'node:fs'
import { hasProc } from './process-table'
import { createSharedScan } from './shared-scan'
import { visitPids } from './visit-pids'

/** The other processes that have one of these pipes (`pipe:[number]`) open. Empty where there is no /proc. */
export async function findPipeHolders(pipes: string[]): Promise<number[]> {
  if (pipes.length === 0 || !hasProc) return []
  const holders = await scanPipes()
  return [...new Set(pipes.flatMap((pipe) => holders.get(pipe) ?? []))]
}

const scanPipes = createSharedScan(async (yieldIfDue) => {
  const holders = new Map<string, number[]>()
  await visitPids(yieldIfDue, (pid) => {
    if (pid === process.pid) return
    for (const pipe of pipesOf(pid)) holders.set(pipe, [...(holders.get(pipe) ?? []), pid])
  })
  return holders
})

/** Empty for a process whose descriptors this user may not read. */
function pipesOf(pid: number): string[] {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    return [...new Set(links.filter((link) => link.startsWith('pipe:')))]
  } catch {
    return []
  }
}
