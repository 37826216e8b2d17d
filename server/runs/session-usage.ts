import type { RawSql } from '@/db/client'

type Tokens = { inputTokens: number; outputTokens: number; cachedInputTokens: number }

/**
 * What an agent's session had used in all when a run last reported it: programs that only tell the total of a session
 * are booked by the difference. Null where no run did.
 */
export async function sessionUsage(sql: RawSql, agentId: string, sessionId: string): Promise<Tokens | null> {
  const [run] = await sql<{ total: Tokens }[]>`
    select usage_json -> 'sessionTotal' as total from heartbeat_runs
    where agent_id = ${agentId} and session_id_after = ${sessionId} and usage_json ? 'sessionTotal'
    order by finished_at desc limit 1`
  return run?.total ?? null
}
