import type { Tx } from '@/db/client'
import { jsonObject } from '@/db/json-object'
import type { ActivityDetails } from '@/server/domain/activity'
import type { AuditActor } from '@/server/identity/activity/record'

/** A CTE that records the rows of the CTE `wakeup` in the activity log, with its leading comma; empty for a timer's wakeup. */
export function recordWakeup(tx: Tx, by: AuditActor) {
  if (by.type === 'system') return tx``
  const { address = null, userAgent = null, via = null, viaId = null } = by.from ?? {}
  const details = jsonObject<keyof ActivityDetails<'wakeup.create'>>(tx, {
    wakeupId: 'id',
    source: 'source',
    status: 'status',
  })
  return tx`, activity as (
    insert into activity_log (company_id, actor_type, actor_id, action, subject_type, subject_id, details,
      address, user_agent, via, via_id)
    select company_id, requested_by_actor_type, requested_by_actor_id, 'wakeup.create', 'agent', agent_id, ${details},
      ${address}, ${userAgent}, ${via}, ${viaId}
    from wakeup)`
}
