import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a program is given as files, while it runs. */
export type RunFiles = { context: string; result: string }

const memory = '/dev/shm'

/**
 * In memory where the machine has such a folder: on a disk that the database is syncing, making a file waits for its
 * journal, and the whole runner with it. Flat, for making and removing folders takes far longer than two names.
 */
export function writeRunFiles(dataDir: string, run: { id: string; contextSnapshot: unknown }): RunFiles {
  const text = JSON.stringify(run.contextSnapshot)
  let failure: unknown
  for (const folder of foldersOf(dataDir)) {
    const files = filesIn(folder, run.id)
    try {
      writeFileSync(files.context, text, { mode: 0o600 })
      return files
    } catch (error) {
      // Full, perhaps: the next one.
      failure = error
      rmSync(files.context, { force: true })
    }
  }
  throw failure
}

export function makeRunFilesFolders(dataDir: string): void {
  for (const folder of foldersOf(dataDir)) makeFolder(folder)
}

export function removeRunFiles(dataDir: string, runId: string): void {
  for (const folder of foldersOf(dataDir)) {
    const files = filesIn(folder, runId)
    rmSync(files.context, { force: true })
    // A program may have made anything there.
    rmSync(files.result, { force: true, recursive: true })
  }
}

function foldersOf(dataDir: string): string[] {
  const uid = process.getuid?.()
  if (uid === undefined || !existsSync(memory)) return [onDisk(dataDir)]
  const place = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const inMemory = join(memory, `reveille-${uid}-${place}`)
  return isOursOrFree(inMemory, uid) ? [inMemory, onDisk(dataDir)] : [onDisk(dataDir)]
}

/** Anyone may make names in a shared folder: one that another user took is not written to. */
function isOursOrFree(folder: string, uid: number): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  return !found || (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0)
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    if (!folder.startsWith(memory)) throw error
  }
}

function onDisk(dataDir: string): string {
  return join(dataDir, 'live')
}

function filesIn(folder: string, runId: string): RunFiles {
  return { context: join(folder, `${runId}.context.json`), result: join(folder, `${runId}.result.json`) }
}
