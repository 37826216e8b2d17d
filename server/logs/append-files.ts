import { constants, mkdirSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { appendAll, hasCode, openBoth } from './local-files'

/** The files of a log that is being written. The index is opened for each append: a live run holds one descriptor. */
export type AppendFiles = {
  /** Writes the text first, then its index: a crash in between leaves text that no reader sees. */
  append(text: Buffer[], index: Buffer): Promise<void>
  /** Resolves when all written data would survive a power failure. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** Rejects with EEXIST when the files exist. */
export async function createFiles(folder: string): Promise<AppendFiles> {
  mkdirSync(dirname(folder), { recursive: true })
  try {
    // A separate step: `recursive` would give the mode to the parents too.
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
        // Concurrent with the next append: readers need not wait for it to be notified.
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

const maxWaitMs = 10_000
const pauseMs = 50

/** A process with no free descriptor waits for one; the program whose output it is slows down meanwhile. */
async function openToAppend(path: string): Promise<FileHandle> {
  for (const startedAt = performance.now(); ; await sleep(pauseMs)) {
    try {
      return await open(path, constants.O_WRONLY | constants.O_APPEND)
    } catch (error) {
      const isFull = hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')
      if (!isFull || performance.now() - startedAt > maxWaitMs) throw error
    }
  }
}
