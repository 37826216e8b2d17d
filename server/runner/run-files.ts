import {
  closeSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** What a program is given as files, while it runs. */
export type RunPaths = { context: string; result: string }

/**
 * The files of the runs of one runner. A context file is emptied after its run and used again under the next run's name:
 * a file made and removed for each run takes ext4, which looks past every inode that was freed a short while ago, 0.3 ms
 * and more where runs are many, a rename 0.02 ms.
 */
export type RunFiles = {
  /** Makes their folder, and removes what a runner that was killed had kept. */
  start(): void
  take(run: { id: string; contextSnapshot: unknown }): RunPaths
  giveBack(runId: string): void
  stop(): void
}

type Kept = { fd: number; inode: number; path: string }

const mode = 0o600

export function createRunFiles(dataDir: string): RunFiles {
  const inUse = new Map<string, Kept>()
  const idle: Kept[] = []

  function takeAgain(text: string, path: string): Kept | null {
    const kept = idle.pop()
    if (!kept) return null
    try {
      // Named when it is whole: only those that are idle are ever empty.
      fill(kept.fd, text)
      renameSync(kept.path, path)
      return { ...kept, path }
    } catch {
      forget(kept)
      return null
    }
  }

  return {
    start() {
      mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 })
      removeEmpty(folderOf(dataDir))
    },
    take({ id, contextSnapshot }) {
      const paths = pathsOf(dataDir, id)
      const text = JSON.stringify(contextSnapshot)
      inUse.set(id, takeAgain(text, paths.context) ?? make(text, paths.context))
      return paths
    },
    giveBack(runId) {
      const kept = inUse.get(runId)
      inUse.delete(runId)
      removeIfThere(pathsOf(dataDir, runId).result)
      if (!kept) return
      if (isAsMade(kept)) {
        ftruncateSync(kept.fd, 0)
        idle.push(kept)
      } else forget(kept)
    },
    stop() {
      for (const kept of idle.splice(0)) forget(kept)
    },
  }
}

/** Of a run whose runner is gone. */
export function removeRunFiles(dataDir: string, runId: string): void {
  for (const path of Object.values(pathsOf(dataDir, runId))) removeIfThere(path)
}

function make(text: string, path: string): Kept {
  const fd = openSync(path, 'w', mode)
  fill(fd, text)
  return { fd, inode: fstatSync(fd).ino, path }
}

function fill(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written, undefined, written)
  ftruncateSync(fd, bytes.length)
}

/** A program may have done anything with its file: removed it, put another in its place, linked it elsewhere. */
function isAsMade({ inode, path }: Kept): boolean {
  const now = lstatSync(path, { throwIfNoEntry: false })
  return now !== undefined && now.ino === inode && now.nlink === 1 && (now.mode & 0o777) === mode
}

function forget({ fd, path }: Kept): void {
  closeSync(fd)
  removeIfThere(path)
}

/** A program may have made anything there. */
function removeIfThere(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path, { force: true, recursive: true })
}

function removeEmpty(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(contextEnding)) continue
    const path = join(folder, name)
    if (lstatSync(path, { throwIfNoEntry: false })?.size === 0) rmSync(path, { force: true })
  }
}

const contextEnding = '.context.json'

function pathsOf(dataDir: string, runId: string): RunPaths {
  const path = join(folderOf(dataDir), runId)
  return { context: `${path}${contextEnding}`, result: `${path}.result.json` }
}

function folderOf(dataDir: string): string {
  return join(dataDir, 'live')
}
