import type { RawSql } from '@/db/client'
import type { SessionUsage } from '@/server/adapters/adapter'

const looksBack = 5

/**
 * What an agent's session had used in all, as the last of its runs reported it, failed ones too, the newest first:
 * programs that tell the total of a session are booked by the difference. Several, as runs of one session may overlap.
 */
export async function sessionUsage(sql: RawSql, agentId: string, sessionId: string): Promise<SessionUsage[]> {
  const runs = await sql<{ total: SessionUsage }[]>`
    select usage_json -> 'sessionTotal' as total from heartbeat_runs
    where agent_id = ${agentId} and session_id_after = ${sessionId}
      and jsonb_typeof(usage_json -> 'sessionTotal') = 'object'
    order by finished_at desc limit ${looksBack}`
  return runs.map(({ total }) => total)
}
