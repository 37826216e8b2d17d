import type { RawSql } from '@/db/client'
import type { Nudge, Nudges } from '@/server/live/notify'
import { hasStarted, type LocalRunner, request, type WakeupAnswer, type WakeupRequest } from './request'

type Server = { sql: RawSql; runner: LocalRunner | null; nudges: Pick<Nudges, 'send'> }

/** `request` for this server's callers: whoever acts on its outcome is notified of it, also where it is a refusal. */
export async function requestHere({ sql, runner, nudges }: Server, wish: WakeupRequest): Promise<WakeupAnswer> {
  let news: Nudge[] = ['runs', 'live']
  try {
    const answer = await request(sql, wish, runner)
    if (hasStarted(answer)) news = ['live']
    return answer
  } finally {
    nudges.send(...news)
  }
}
