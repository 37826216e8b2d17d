import type { Executor } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { activityLog } from '@/db/schema'
import type { Activity } from '@/server/domain/activity'
import type { AuditActor } from './audit-actor'

export type { AuditActor } from './audit-actor'

export const activitySubjects = [
  'company',
  'agent',
  'run',
  'key',
  'secret',
  'member',
  'invitation',
  'person',
  'session',
  'token',
  'installation',
] as const
export type ActivitySubject = (typeof activitySubjects)[number]

/** Records an action with its actor and origin, in the transaction that performs it. `details` never contains a secret. */
export async function recordActivity(
  tx: Executor,
  entry: {
    /** null: the action concerns the installation and no company. */
    companyId: string | null
    by: AuditActor
    subject: { type: ActivitySubject; id: string | null }
  } & Activity,
): Promise<void> {
  const { companyId, by, action, subject, details = {} } = entry
  const { address, userAgent, via, viaId } = by.from ?? {}
  await drizzleOn(tx).insert(activityLog).values({
    companyId,
    actorType: by.type,
    actorId: by.id,
    action,
    subjectType: subject.type,
    subjectId: subject.id,
    details,
    address,
    userAgent,
    via,
    viaId,
  })
}
