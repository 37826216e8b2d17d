import { stripVTControlCharacters } from 'node:util'
import type { RawSql } from '@/db/client'
import type { CompanyId } from '@/server/domain/ids'
import type { LogReading } from '@/server/logs/log-store'
import type { RunLogs } from '@/server/logs/run-logs'

export type LastLine = {
  runId: string
  /** The last line that is not blank, without colours; null before the first output. */
  text: string | null
  /** When the run wrote last. */
  at: string | null
}

type LogReader = Pick<LogReading, 'info' | 'read'>

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
  const { reading, endOffset } = await logs.reach(runId)
  return await lastLine(reading, runId, endOffset)
}

/** `endOffset` is where a finished log ends. */
export async function lastLine(log: LogReader, runId: string, endOffset?: number): Promise<LastLine> {
  const bytes = endOffset ?? (await log.info(runId)).bytes
  const offset = Math.max(0, bytes - tailBytes)
  const { entries } = await log.read(runId, { offset, limitBytes: tailBytes })
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
