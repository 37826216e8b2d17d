import type { RawSql } from '@/db/client'
import type { JsonObject } from '@/server/domain/json'
import { StartupError } from '@/server/domain/startup-error'
import type { HeldRun } from './claim'
import { largestContextBytes, readableContext } from './context'
import type { RunRow } from './view'

/** A run with what its execution needs. */
export type ClaimedRun = HeldRun &
  Pick<RunRow, 'invocationSource' | 'contextSnapshot' | 'sessionIdBefore' | 'startedAt'> & {
    agentName: string
    companyName: string
    adapterType: string
    adapterConfig: JsonObject
  }

type Row = Omit<ClaimedRun, 'contextSnapshot'> & {
  contextSnapshot: ClaimedRun['contextSnapshot'] | null
  isContextWhole: boolean
}

/**
 * A run that the worker `serverId` is to carry out, one at a time, for its context may be large; null where the worker does
 * not hold it, or the run has ended. A context that others have merged into is written whole here, once.
 */
export async function loadRun(sql: RawSql, serverId: string, runId: string): Promise<ClaimedRun | null> {
  const [row] = await sql<Row[]>`
    select r.id, r.agent_id, r.company_id, r.invocation_source, ${readableContext(sql, sql`r`)} as context_snapshot,
      r.is_context_whole, r.session_id_before, r.started_at, a.name as agent_name, a.adapter_type, a.adapter_config,
      c.name as company_name
    from heartbeat_runs r join agents a on a.id = r.agent_id join companies c on c.id = r.company_id
    where r.id = ${runId} and r.server_id = ${serverId} and r.status = 'running'`
  if (!row) return null
  const { isContextWhole, contextSnapshot, ...run } = row
  if (!contextSnapshot) {
    throw new StartupError(`The context of this run is larger than ${largestContextBytes / 1024 / 1024} MiB.`)
  }
  if (!isContextWhole) {
    await sql`
      update heartbeat_runs set context_snapshot = ${JSON.stringify(contextSnapshot)}::text::jsonb, is_context_whole = true
      where id = ${runId} and server_id = ${serverId} and status = 'running'`
  }
  return { ...run, contextSnapshot }
}
