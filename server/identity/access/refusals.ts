import type { Executor } from '@/db/client'
import type { Caller } from '@/server/identity/activity/audit-actor'
import { recordActivity } from '@/server/identity/activity/record'
import { countRefusal } from './attempts'

export type Refusal = { personId: string | null; caller: Caller | undefined; how: 'password' | 'link' }

/**
 * Writes down that a sign-in was refused: whose it was meant to be, where that is somebody, and from where; never the
 * e-mail that was tried. Guessing does not fill the log: past a limit nothing more is written for a while.
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
