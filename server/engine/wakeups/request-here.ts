import type { RawSql } from '@/db/client'
import type { Notifier, Topic } from '@/server/live/notifier'
import { hasStarted, type LocalRunner, request, type WakeupAnswer, type WakeupRequest } from './request'

type Server = { sql: RawSql; runner: LocalRunner | null; notifier: Pick<Notifier, 'notify'> }

/** `request` for the callers of this server: also a refusal is stored, so screens are notified of every outcome. */
export async function requestHere({ sql, runner, notifier }: Server, wakeup: WakeupRequest): Promise<WakeupAnswer> {
  let topics: Topic[] = ['runs', 'live']
  try {
    const answer = await request(sql, wakeup, runner)
    if (hasStarted(answer)) topics = ['live']
    return answer
  } finally {
    notifier.notify(...topics)
  }
}
