import { rm } from 'node:fs/promises'
import { createFiles, logFolder, openFiles, sourceOf } from './local-files'
import type { LogStore } from './log-store'
import { createReading } from './reading'
import { sealLog } from './seal'
import { createWriter, type WriterSettings } from './writer'

/** Logs as files under `dataDir`, two descriptors per live run. Any process that sees the folder may read. */
export function createLocalLogStore(settings: WriterSettings & { dataDir: string }): LogStore {
  const folderOf = (runId: string) => logFolder(settings.dataDir, runId)
  return {
    ...createReading(async (runId) => {
      const files = await openFiles(folderOf(runId), 'r')
      return files && sourceOf(files)
    }),
    async open(runId) {
      const folder = folderOf(runId)
      return createWriter(
        () => createFiles(folder),
        settings,
        () => sealLog(folder),
      )
    },
    seal: async (runId) => sealLog(folderOf(runId)),
    remove: async (runId) => rm(folderOf(runId), { recursive: true, force: true }),
  }
}
