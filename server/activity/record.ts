import type { Executor } from '@/db/client'
import type { ActorType } from '@/server/domain/wakeup-status'

export type By = { type: ActorType; id: string | null }

/** Who did what to what: written in the transaction that does it. */
export async function recordActivity(
  tx: Executor,
  entry: {
    companyId: string
    by: By
    action: string
    subject: { type: 'company' | 'agent' | 'run' | 'key' | 'secret'; id: string }
    details?: Record<string, unknown>
  },
): Promise<void> {
  await tx`
    insert into activity_log (company_id, actor_type, actor_id, action, subject_type, subject_id, details)
    values (${entry.companyId}, ${entry.by.type}, ${entry.by.id}, ${entry.action}, ${entry.subject.type},
      ${entry.subject.id}, ${JSON.stringify(entry.details ?? {})}::text::jsonb)`
}
