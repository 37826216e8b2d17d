import { stripVTControlCharacters } from 'node:util'
import { and, eq } from 'drizzle-orm'
import type { RawSql } from '@/db/client'
import { drizzleOn } from '@/db/drizzle'
import { equalsAny } from '@/db/expressions'
import { heartbeatRuns } from '@/db/schema'
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

/** The last line of each of these runs that belongs to the company and whose log this server can read. */
export async function lastLines(
  { sql, logs }: { sql: RawSql; logs: RunLogs },
  companyId: CompanyId,
  runIds: readonly string[],
): Promise<LastLine[]> {
  const ofCompany = await drizzleOn(sql)
    .select({ id: heartbeatRuns.id })
    .from(heartbeatRuns)
    .where(and(equalsAny(heartbeatRuns.id, runIds), eq(heartbeatRuns.companyId, companyId)))
  const lines = await Promise.all(ofCompany.map(({ id }) => locatedLine(logs, id).catch(() => null)))
  return lines.filter((line) => line !== null)
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
