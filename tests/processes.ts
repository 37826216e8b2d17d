import { readFileSync } from 'node:fs'
import { clusterPath } from '@/db/embedded/location'
import { psWithEnvironment } from '@/server/processes/by-marker'
import { hasProc, isAlive, listPids, ps, readProc, signalTo } from '@/server/processes/process-table'
import { eventually } from './eventually'

/** The processes that have `text` in their environment or arguments: servers, runners and runs by their data directory. */
export async function processesWith(text: string): Promise<number[]> {
  const found = hasProc ? fromProc(text) : fromPs(text, await ps(psWithEnvironment))
  return found.filter((pid) => pid !== process.pid && isAlive(pid))
}

/** Kills every process of the servers on a data directory, and what they started. Resolves when none is left. */
export async function killAllOf(dataDir: string): Promise<void> {
  await eventually(async () => {
    const pids = [...(await processesWith(dataDir)), ...postmasterOf(dataDir)]
    for (const pid of pids) signalTo(pid, 'SIGKILL')
    return pids.length === 0
  }, `the processes of ${dataDir} are gone`)
}

/** Stops every process of the servers on a data directory, and what they started, as a machine that sleeps. Answers their pids. */
export async function stopAll(dataDir: string): Promise<number[]> {
  const stopped = new Set<number>()
  // Some may have been started while the others were being stopped.
  for (let fresh = await processesWith(dataDir); fresh.length > 0; ) {
    for (const pid of fresh) {
      signalTo(pid, 'SIGSTOP')
      stopped.add(pid)
    }
    fresh = (await processesWith(dataDir)).filter((pid) => !stopped.has(pid))
  }
  return [...stopped]
}

function postmasterOf(dataDir: string): number[] {
  try {
    const pid = Number(readFileSync(`${clusterPath(dataDir)}/postmaster.pid`, 'utf8').split('\n')[0])
    return isAlive(pid) ? [pid] : []
  } catch {
    return []
  }
}

function fromProc(text: string): number[] {
  // Who is not root may not read the environment of a server, but its arguments.
  return listPids().filter((pid) => ['environ', 'cmdline'].some((of) => readProc(`/proc/${pid}/${of}`)?.includes(text)))
}

function fromPs(text: string, output: string): number[] {
  const lines = output.split('\n').filter((line) => line.includes(text))
  return lines.map((line) => Number(line.trim().split(' ')[0]))
}
