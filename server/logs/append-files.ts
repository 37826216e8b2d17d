import { constants, mkdirSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { appendAll, hasCode, openBoth } from './local-files'

/** The files of a log that is written. The index is opened for each append: a live run holds one descriptor. */
export type AppendFiles = {
  /** The text first, then the index that names it: whoever dies in between leaves text that no reader sees. */
  append(text: Buffer[], index: Buffer): Promise<void>
  /** Until everything that was written would survive a loss of power. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** Rejects with EEXIST when there are files. */
export async function createFiles(folder: string): Promise<AppendFiles> {
  mkdirSync(dirname(folder), { recursive: true })
  try {
    // Not in one step: `recursive` would give the mode to the parents too.
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
  const { text, index } = await openBoth(folder, 'ax')
  await index.close()
  let closing = Promise.resolve()
  const openIndex = () => openToAppend(join(folder, 'index'))
  return {
    async append(parts, records) {
      const [written, opened] = await Promise.allSettled([appendAll(text, parts), openIndex(), closing])
      if (opened.status === 'rejected') throw opened.reason
      try {
        if (written.status === 'rejected') throw written.reason
        await appendAll(opened.value, [records])
      } finally {
        // Beside what comes next: readers are told of what is written.
        closing = opened.value.close().catch(() => {})
      }
    },
    async sync() {
      const index = await openIndex()
      await Promise.all([text.datasync(), index.datasync()]).finally(() => index.close())
    },
    async close() {
      await Promise.all([text.close(), closing])
    },
  }
}

const patienceMs = 10_000
const pauseMs = 50

/** A process that has no descriptor left waits a while for one; the program that prints is slowed down meanwhile. */
async function openToAppend(path: string): Promise<FileHandle> {
  for (const startedAt = performance.now(); ; await sleep(pauseMs)) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_APPEND)
    } catch (error) {
      const isFull = hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')
      if (!isFull || performance.now() - startedAt > patienceMs) throw error
    }
  }
}
