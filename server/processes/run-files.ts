import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Log } from '@/server/platform/logger'

/** The files that a program gets while it runs. */
export type RunPaths = { context: string; result: string }

export type RunFiles = {
  /** Creates their folder. */
  start(): void
  make(run: { id: string; contextSnapshot: unknown }): RunPaths
  /** Never throws: a file that cannot be removed is logged and left. */
  remove(runId: string): void
}

type Warnings = Pick<Log, 'warn'>

export function createRunFiles(dataDir: string, log: Warnings): RunFiles {
  return {
    start: () => makeFolder(dataDir),
    make({ id, contextSnapshot }) {
      const paths = pathsOf(dataDir, id)
      // A program may have removed the folder along with its own files.
      makeFolder(dataDir)
      try {
        writeFileSync(paths.context, JSON.stringify(contextSnapshot), { mode: 0o600 })
      } catch (error) {
        remove(paths.context, log)
        throw error
      }
      return paths
    },
    remove: (runId) => removeRunFiles(dataDir, runId, log),
  }
}

/** Removes the files of a run whose runner has died. Never throws: a file that cannot be removed is logged and left. */
export function removeRunFiles(dataDir: string, runId: string, log: Warnings): void {
  for (const path of Object.values(pathsOf(dataDir, runId))) remove(path, log)
}

function makeFolder(dataDir: string): void {
  mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 })
}

/** A program may have replaced the file by anything, and removed the permissions of it or its folder. */
function remove(path: string, log: Warnings): void {
  try {
    try {
      removeIfThere(path)
    } catch {
      restoreAccess(dirname(path))
      restoreAccessToTree(path)
      removeIfThere(path)
    }
  } catch (err) {
    log.warn({ err, path }, 'a file of a run could not be removed')
  }
}

function removeIfThere(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path, { force: true, recursive: true })
}

/** Gives this process access to its own folder again, but not to the target of a link. Returns whether it is a folder. */
function restoreAccess(path: string): boolean {
  const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  if (isFolder) chmodSync(path, 0o700)
  return isFolder
}

function restoreAccessToTree(path: string): void {
  if (restoreAccess(path)) for (const name of readdirSync(path)) restoreAccessToTree(join(path, name))
}

function pathsOf(dataDir: string, runId: string): RunPaths {
  const path = join(folderOf(dataDir), runId)
  return { context: `${path}.context.json`, result: `${path}.result.json` }
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'live')
}
