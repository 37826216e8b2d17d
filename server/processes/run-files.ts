import {
  chmodSync,
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
import { dirname, join } from 'node:path'
import type { Log } from '@/server/logger'

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
  /** Never throws: what can not be removed is logged and left. */
  giveBack(runId: string): void
  stop(): void
}

type Warnings = Pick<Log, 'warn'>
type Kept = { fd: number; inode: number; path: string }

const mode = 0o600

export function createRunFiles(dataDir: string, log: Warnings): RunFiles {
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
      forget(kept, log)
      return null
    }
  }

  return {
    start() {
      mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 })
      removeEmpty(folderOf(dataDir), log)
    },
    take({ id, contextSnapshot }) {
      const paths = pathsOf(dataDir, id)
      const text = JSON.stringify(contextSnapshot)
      inUse.set(id, takeAgain(text, paths.context) ?? make(text, paths.context, log))
      return paths
    },
    giveBack(runId) {
      const kept = inUse.get(runId)
      inUse.delete(runId)
      remove(pathsOf(dataDir, runId).result, log)
      if (!kept) return
      if (wasEmptied(kept)) idle.push(kept)
      else forget(kept, log)
    },
    stop() {
      for (const kept of idle.splice(0)) forget(kept, log)
    },
  }
}

/** Of a run whose runner is gone. Never throws: what can not be removed is logged and left. */
export function removeRunFiles(dataDir: string, runId: string, log: Warnings): void {
  for (const path of Object.values(pathsOf(dataDir, runId))) remove(path, log)
}

function make(text: string, path: string, log: Warnings): Kept {
  const fd = openSync(path, 'w', mode)
  try {
    fill(fd, text)
    return { fd, inode: fstatSync(fd).ino, path }
  } catch (error) {
    forget({ fd, path }, log)
    throw error
  }
}

function fill(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written, undefined, written)
  ftruncateSync(fd, bytes.length)
}

/** A program may have done anything with its file: removed it, put another in its place, linked it elsewhere. */
function wasEmptied({ fd, inode, path }: Kept): boolean {
  try {
    const now = lstatSync(path)
    if (now.ino !== inode || now.nlink !== 1 || (now.mode & 0o777) !== mode) return false
    ftruncateSync(fd, 0)
    return true
  } catch {
    return false
  }
}

function forget({ fd, path }: Pick<Kept, 'fd' | 'path'>, log: Warnings): void {
  try {
    closeSync(fd)
  } catch (err) {
    log.warn({ err, path }, 'a file of a run could not be closed')
  }
  remove(path, log)
}

/** A program may have made anything there, and closed it or the folder that it is in. */
function remove(path: string, log: Warnings): void {
  try {
    try {
      removeIfThere(path)
    } catch {
      openUp(dirname(path))
      openUpTree(path)
      removeIfThere(path)
    }
  } catch (err) {
    log.warn({ err, path }, 'a file of a run could not be removed')
  }
}

function removeIfThere(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path, { force: true, recursive: true })
}

/** Lets this process back into a folder of its own; not into what a link there points to. */
function openUp(path: string): boolean {
  const isFolder = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  if (isFolder) chmodSync(path, 0o700)
  return isFolder
}

function openUpTree(path: string): void {
  if (openUp(path)) for (const name of readdirSync(path)) openUpTree(join(path, name))
}

function removeEmpty(folder: string, log: Warnings): void {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(contextEnding)) continue
    const path = join(folder, name)
    if (lstatSync(path, { throwIfNoEntry: false })?.size === 0) remove(path, log)
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
