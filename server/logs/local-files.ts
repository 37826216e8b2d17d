import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { withCountedLines } from './earlier-index'
import { fileSource, type LogSource } from './source'

/** The two files of a run's log: its exact text, and the index of its chunks. */
export type LogFiles = { text: FileHandle; index: FileHandle }

const runIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** `<dataDir>/runs/<aa>/<runId>`; `aa` is the end of the id, since ids created in order have the same beginning. */
export function logFolder(dataDir: string, runId: string): string {
  const id = runId.toLowerCase()
  if (!runIdPattern.test(id)) throw new Error('A run id must be a uuid.')
  return join(dataDir, 'runs', id.slice(-2), id)
}

/** Only the server's own user may read logs: agents print secrets. */
export async function openBoth(folder: string, flags: 'r' | 'r+' | 'ax'): Promise<LogFiles> {
  const text = await open(join(folder, 'log'), flags, 0o600)
  try {
    return { text, index: await open(join(folder, 'index'), flags, 0o600) }
  } catch (error) {
    await text.close()
    throw error
  }
}

/** Null when there is no log. */
export async function openFiles(folder: string, flags: 'r' | 'r+'): Promise<LogFiles | null> {
  try {
    return await openBoth(folder, flags)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/** Reads the files of any release. */
export function sourceOf({ text, index }: LogFiles): Promise<LogSource> {
  return withCountedLines({ text: fileSource(text), index: fileSource(index) })
}

export async function closeFiles({ text, index }: LogFiles): Promise<void> {
  await Promise.all([text.close(), index.close()])
}

/** Resolves when all written data would survive a power failure. */
export async function syncFiles({ text, index }: LogFiles): Promise<void> {
  await Promise.all([text.datasync(), index.datasync()])
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** Appends all bytes; the system may take fewer at a time. */
export async function appendAll(file: FileHandle, parts: Buffer[]): Promise<void> {
  let rest = parts.filter((part) => part.length > 0)
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest)
    rest = after(rest, bytesWritten)
  }
}

function after(parts: Buffer[], bytes: number): Buffer[] {
  let skip = bytes
  const first = parts.findIndex((part) => {
    if (skip < part.length) return true
    skip -= part.length
    return false
  })
  if (first === -1) return []
  return parts.slice(first).map((part, position) => (position === 0 ? part.subarray(skip) : part))
}
