import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import type { RawSql } from '@/db/client'
import { logFolder } from './local-files'
import { storeIdOf } from './places'

const mostRuns = 20

/**
 * Servers of releases before folders had an id left none in their rows, and logs are found by it. Those that kept their
 * logs in this folder are given its id: they name the folder and the host, or a log of theirs lies here. To be done before
 * anyone looks for a log. Answers how many there were.
 */
export async function adoptFormerServers(sql: RawSql, dataDir: string): Promise<number> {
  const unmarked = await sql<{ id: string; isHere: boolean }[]>`
    select id, host = ${hostname()} and data_dir = ${dataDir} as is_here from servers where store_id = ''`
  const here = unmarked.filter((server) => server.isHere).map((server) => server.id)
  const unknown = unmarked.filter((server) => !server.isHere).map((server) => server.id)
  if (unknown.length > 0) here.push(...(await serversWithLogsIn(sql, dataDir, unknown)))
  if (here.length === 0) return 0
  await sql`update servers set store_id = ${storeIdOf(dataDir)} where id = any(${here}::uuid[]) and store_id = ''`
  return here.length
}

/** Ids of runs are never the same twice: one log tells whose folder it is. */
async function serversWithLogsIn(sql: RawSql, dataDir: string, serverIds: string[]): Promise<string[]> {
  const servers = await sql<{ serverId: string; runIds: string[] }[]>`
    select server_id, (array_agg(id::text order by created_at desc))[1:${mostRuns}::int] as run_ids from heartbeat_runs
    where server_id = any(${serverIds}::uuid[]) and log_bytes is distinct from 0 and log_removed_at is null
    group by server_id`
  return servers
    .filter(({ runIds }) => runIds.some((runId) => existsSync(logFolder(dataDir, runId))))
    .map((server) => server.serverId)
}
