import { readdirSync, readlinkSync } from 'node:fs'
import { hasProc } from './process-table'
import { createSharedScan } from './shared-scan'
import { visitPids } from './visit-pids'

/** Who else has one of these pipes (`pipe:[number]`) open. Nobody where there is no /proc. */
export async function findPipeHolders(pipes: string[]): Promise<number[]> {
  if (pipes.length === 0 || !hasProc) return []
  const holders = await scanPipes()
  return [...new Set(pipes.flatMap((pipe) => holders.get(pipe) ?? []))]
}

const scanPipes = createSharedScan(async (breathe) => {
  const holders = new Map<string, number[]>()
  await visitPids(breathe, (pid) => {
    if (pid === process.pid) return
    for (const pipe of pipesOf(pid)) holders.set(pipe, [...(holders.get(pipe) ?? []), pid])
  })
  return holders
})

/** What may not be looked at holds nothing, as far as anyone can tell. */
function pipesOf(pid: number): string[] {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    return [...new Set(links.filter((link) => link.startsWith('pipe:')))]
  } catch {
    return []
  }
}
