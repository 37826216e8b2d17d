import { rm } from 'node:fs/promises'
import { closeFiles, createFiles, logFolder, openFiles } from './local-files'
import type { LogStore } from './log-store'
import { readPage } from './reader'
import { measure } from './records'
import { sealLog } from './seal'
import { createWriter, type WriterSettings } from './writer'

/** Logs as files under `dataDir`, two descriptors per live run. Any process that sees the folder may read. */
export function createLocalLogStore(settings: WriterSettings & { dataDir: string }): LogStore {
  const folderOf = (runId: string) => logFolder(settings.dataDir, runId)
  return {
    async open(runId) {
      const folder = folderOf(runId)
      return createWriter(
        () => createFiles(folder),
        settings,
        () => sealLog(folder),
      )
    },
    read: async (runId, query) => readPage(folderOf(runId), query),
    seal: async (runId) => sealLog(folderOf(runId)),
    async info(runId) {
      const files = await openFiles(folderOf(runId), 'r')
      if (!files) return { bytes: 0 }
      try {
        return { bytes: (await measure(files)).bytes }
      } finally {
        await closeFiles(files)
      }
    },
    remove: async (runId) => rm(folderOf(runId), { recursive: true, force: true }),
  }
}
