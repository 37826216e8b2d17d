import type { Executor, Tx } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { jsonObject } from '@/db/json-object'
import { activityLog } from '@/db/schema'
import type { Activity, ActivityDetails } from '@/server/domain/activity'
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

/** The same as one more part of the statement that stores the wakeup as the CTE `wakeup`; nothing for a timer's. */
export function recordWakeup(tx: Tx, by: AuditActor) {
  if (by.type === 'system') return tx``
  return tx`, activity as (
    insert into activity_log (company_id, actor_type, actor_id, action, subject_type, subject_id, details,
      address, user_agent, via, via_id)
    select company_id, requested_by_actor_type, requested_by_actor_id, 'wakeup.create', 'agent', agent_id,
      ${jsonObject<keyof ActivityDetails<'wakeup.create'>>(tx, { wakeupId: 'id', source: 'source', status: 'status' })},
      ${by.from?.address ?? null},
      ${by.from?.userAgent ?? null}, ${by.from?.via ?? null}, ${by.from?.viaId ?? null}
    from wakeup)`
}
