import { stripVTControlCharacters } from 'node:util'
import type { RawSql } from '@/db/client'
import type { CompanyId } from '@/server/domain/ids'
import type { LogStore } from '@/server/logs/log-store'
import type { RunLogs } from '@/server/logs/run-logs'

export type LastLine = {
  runId: string
  /** The last line that is not blank, without colours; null before the first output. */
  text: string | null
  /** When the run wrote last. */
  at: string | null
}

type LogReader = Pick<LogStore, 'info' | 'read'>

const tailBytes = 2_000
const longestLine = 300

/** The last line of each of these runs that is the company's and whose log can be read from here. */
export async function lastLines(
  { sql, logs }: { sql: RawSql; logs: RunLogs },
  companyId: CompanyId,
  runIds: readonly string[],
): Promise<LastLine[]> {
  const own = await sql<{ id: string }[]>`
    select id from heartbeat_runs where id = any(${[...runIds]}) and company_id = ${companyId}`
  const found = await Promise.all(own.map(({ id }) => locatedLine(logs, id).catch(() => null)))
  return found.filter((line) => line !== null)
}

async function locatedLine(logs: RunLogs, runId: string): Promise<LastLine> {
  const { store, endOffset } = await logs.locate(runId)
  return await lastLine(store, runId, endOffset)
}

/** `endOffset` is where a finished log ends. */
export async function lastLine(store: LogReader, runId: string, endOffset: number | null): Promise<LastLine> {
  const bytes = endOffset ?? (await store.info(runId)).bytes
  const offset = Math.max(0, bytes - tailBytes)
  const { entries } = await reading.read(runId, { offset, limitBytes: tailBytes })
  const lines = entries
    .map((entry) => entry.chunk)
    .join('')
    .split(/[\r\n]+/)
  const text = lines.map(plain).findLast((line) => line !== '')
  return { runId, text: text?.slice(0, longestLine) ?? null, at: entries.at(-1)?.ts ?? null }
}

/** Without colours and other control characters. */
function plain(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/\p{Cc}/gu, ' ')
    .trim()
}
