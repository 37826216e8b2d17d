import type { Env } from '@/server/platform/env'
import { type Archive, localArchive } from './archiver'
import type { ArchivedLogs } from './locate'

export type OpenArchive = {
  archive: Archive
  /** Null: logs stay in the data directories of their servers. */
  archived: (ArchivedLogs & { remove(runId: string): Promise<void> }) | null
}

/** Opens the archive that REVEILLE_LOG_STORE names. Fails with a StartupError where it cannot be used. */
export async function openArchive({ s3 }: Pick<Env, 's3'>): Promise<OpenArchive> {
  if (!s3) return { archive: localArchive, archived: null }
  const { checkObjects, openObjects } = await import('./s3/objects')
  const { createS3Archive } = await import('./s3/s3-archive')
  const objects = await openObjects(s3)
  await checkObjects(objects, s3)
  const archive = createS3Archive(objects)
  return { archive, archived: archive }
}
