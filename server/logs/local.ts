import { rm } from 'node:fs/promises'
import { createFiles } from './append-files'
import { logFolder, openFiles, sourceOf } from './local-files'
import type { LogStore } from './log-store'
import { openPacked } from './packed'
import { markPending, unmarkPending } from './pending'
import { createReading } from './reading'
import { sealLog } from './seal'
import type { LogSource } from './source'
import { createWriter, type WriterSettings } from './writer'

/** Smaller logs stay uncompressed: compression would not save disk space. */
export const smallestPackedBytes = 64 * 1024

export type LocalSettings = WriterSettings & {
  dataDir: string
  /** A log that grows to this size is marked for the archiver; unset: no log is. */
  archiveFromBytes?: number
}

/** Stores logs as files under `dataDir`, with one descriptor per live run. Any process with access to the folder may read. */
export function createLocalLogStore(settings: LocalSettings): LogStore {
  const { dataDir, archiveFromBytes = Number.POSITIVE_INFINITY } = settings
  const folderOf = (runId: string) => logFolder(dataDir, runId)
  return {
    ...createReading((runId) => openLocal(folderOf(runId))),
    async open(runId) {
      const folder = folderOf(runId)
      const writer = createWriter(
        () => createFiles(folder),
        settings,
        () => sealLog(folder),
      )
      let isMarked = false
      writer.onGrew((nextOffset) => {
        if (isMarked || nextOffset < archiveFromBytes) return
        isMarked = true
        markPending(dataDir, runId)
      })
      return writer
    },
    seal: async (runId) => sealLog(folderOf(runId)),
    async remove(runId) {
      await rm(folderOf(runId), { recursive: true, force: true })
      await unmarkPending(dataDir, runId)
    },
  }
}

/** Opens the original or the compressed files; null when there is no log. */
export async function openLocal(folder: string): Promise<LogSource | null> {
  const files = await openFiles(folder, 'r')
  return files ? await sourceOf(files) : await openPacked(folder)
}
