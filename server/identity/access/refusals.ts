import type { Executor } from '@/db/client'
import type { Caller } from '@/server/identity/activity/audit-actor'
import { recordActivity } from '@/server/identity/activity/record'
import { countRefusal } from './attempts'

export type Refusal = { personId: string | null; caller: Caller | undefined; how: 'password' | 'link' }

/**
 * Records a refused sign-in: the person, where the e-mail or link has one, and the origin; never the e-mail that was
 * entered. A rate limit keeps guesses from filling the log.
 */
export async function recordRefusal(sql: Executor, { personId, caller, how }: Refusal): Promise<void> {
  if (!(await countRefusal(sql, personId))) return
  const from = { address: caller?.address ?? null, userAgent: caller?.userAgent ?? null, via: how, viaId: null }
  await recordActivity(sql, {
    companyId: null,
    by: { type: 'user', id: personId, from },
    action: 'session.refuse',
    subject: { type: 'person', id: personId },
  })
}
