import { mkdirSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from './local-files'

/**
 * The logs of a data directory that are still to be archived, as empty files named for their runs: they survive a crash,
 * and finding them needs no scan of all logs.
 */
export function markPending(dataDir: string, runId: string): void {
  mkdirSync(folderOf(dataDir), { recursive: true })
  writeFileSync(join(folderOf(dataDir), runId), '')
}

export async function listPending(dataDir: string): Promise<string[]> {
  try {
    return await readdir(folderOf(dataDir))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

export async function unmarkPending(dataDir: string, runId: string): Promise<void> {
  await rm(join(folderOf(dataDir), runId), { force: true })
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'runs', 'pending')
}
