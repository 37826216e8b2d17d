import type { RawSql, Tx } from '@/db/client'
import { transaction } from '@/db/transaction'
import type { Log } from '@/server/logger'
import { forgetFormer } from '@/server/secrets/former'

/** In days; 0: for ever. */
export type Keep = { activityDays: number; notificationDays: number }

const batchRows = 500

/** Removes the oldest rows, `limit` at most, and answers how many. Each is one short transaction. */
type Removal = (tx: Tx, limit: number, keep: Keep) => Promise<number>

/** What grows by itself and belongs to no company's retention: docs/security.md tells each bound. */
const removals: Removal[] = [
  activity,
  notifications,
  expired('sign_in_links', 'token_hash', "expires_at < now() - interval '7 days'"),
  expired('sessions', 'token_hash', 'expires_at < now()'),
  expired('invitations', 'id', "coalesce(accepted_at, expires_at) < now() - interval '30 days'"),
  expired('personal_tokens', 'id', "least(revoked_at, expires_at) < now() - interval '90 days'"),
  expired('agent_api_keys', 'id', "revoked_at < now() - interval '90 days'"),
  expired('sign_in_attempts', 'key', "since < now() - interval '1 day'"),
  // A run finds its log by the life that held it.
  expired(
    'servers',
    'id',
    `ended_at < now() - interval '30 days'
      and not exists (select from heartbeat_runs r where r.server_id = servers.id and r.status = 'running')
      and not exists (select from heartbeat_runs r where r.server_id = servers.id and r.finished_at is not null)`,
  ),
  runStatistics,
  forgetFormer,
]

/** Removes what is outdated, in batches. What is stopped goes on the next time. Answers how many rows were. */
export async function removeOutdated(sql: RawSql, keep: Keep, log: Log, signal: AbortSignal): Promise<number> {
  let removed = 0
  for (const remove of removals) {
    try {
      for (let count = batchRows; count === batchRows && !signal.aborted; removed += count) {
        count = await transaction(sql, (tx) => remove(tx, batchRows, keep))
      }
    } catch (err) {
      // One that fails keeps no other from its turn.
      log.error({ err }, 'what is outdated could not be removed')
    }
  }
  return removed
}

/** `when` reads columns of the table; nothing in it comes from outside. */
function expired(table: string, key: string, when: string): Removal {
  return async (tx, limit) => {
    const { count } = await tx.unsafe(
      `delete from ${table} where ${key} in (select ${key} from ${table} where ${when} limit $1 for update skip locked)`,
      [limit],
    )
    return count
  }
}

/** Its numbers are in the order of time: only its beginning is looked at. */
async function activity(tx: Tx, limit: number, { activityDays }: Keep): Promise<number> {
  if (activityDays === 0) return 0
  await tx`select set_config('reveille.retention', 'on', true)`
  const { count } = await tx`
    delete from activity_log where id in (select id from activity_log order by id limit ${limit})
      and created_at < now() - ${activityDays} * interval '1 day'`
  return count
}

/** With their deliveries. */
async function notifications(tx: Tx, limit: number, { notificationDays }: Keep): Promise<number> {
  if (notificationDays === 0) return 0
  const { count } = await tx`
    delete from notifications where id in (
      select id from notifications where created_at < now() - ${notificationDays} * interval '1 day'
      order by created_at limit ${limit} for update skip locked)`
  return count
}

/** Boards show weeks of them. By company, as they are indexed. */
async function runStatistics(tx: Tx, limit: number): Promise<number> {
  const { count } = await tx`
    delete from run_stats_hourly s using (
      select old.* from companies c cross join lateral (
        select company_id, hour, status, bucket from run_stats_hourly
        where company_id = c.id and hour < now() - interval '400 days' order by hour limit ${limit}
      ) old limit ${limit}
    ) old
    where (s.company_id, s.hour, s.status, s.bucket) = (old.company_id, old.hour, old.status, old.bucket)`
  return count
}
