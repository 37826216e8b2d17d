import type { RawSql } from '@/db/client'
import { readOnlyReason } from '@/db/read-only'
import { readSchemaState } from '@/db/schema-state'

export type Readiness = { ready: true } | { ready: false; reason: string }

const answerWithinMs = 2000

/**
 * The server is ready if it is not stopping, and its database answers, accepts writes and has the schema of this release.
 * The schema is read each time: a newer release may have migrated it, or a backup of an older one was restored.
 */
export async function readReadiness(sql: RawSql, isStopping: () => boolean): Promise<Readiness> {
  if (isStopping()) return { ready: false, reason: 'The server is stopping: it takes no new runs.' }
  try {
    const [readOnly, schema] = await Promise.race([
      Promise.all([readOnlyReason(sql), readSchemaState(sql)]),
      noAnswer(),
    ])
    if (readOnly) return { ready: false, reason: readOnly }
    return schema.kind === 'current' ? { ready: true } : { ready: false, reason: schema.sentence }
  } catch {
    return { ready: false, reason: 'The database does not answer.' }
  }
}

function noAnswer(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('no answer')), answerWithinMs).unref()
  })
}
