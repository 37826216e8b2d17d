import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a program is given as files, while it runs. */
export type RunFiles = { context: string; result: string }

export function makeRunFilesFolder(dataDir: string): void {
  mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 })
}

/** At once, and flat: making and removing a folder for each run takes far longer than these two names. */
export function writeRunFiles(dataDir: string, run: { id: string; contextSnapshot: unknown }): RunFiles {
  const files = filesOf(dataDir, run.id)
  writeFileSync(files.context, JSON.stringify(run.contextSnapshot), { mode: 0o600 })
  return files
}

export function removeRunFiles(dataDir: string, runId: string): void {
  const files = filesOf(dataDir, runId)
  rmSync(files.context, { force: true })
  // A program may have made anything there.
  rmSync(files.result, { force: true, recursive: true })
}

function filesOf(dataDir: string, runId: string): RunFiles {
  const path = join(folderOf(dataDir), runId)
  return { context: `${path}.context.json`, result: `${path}.result.json` }
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'live')
}
