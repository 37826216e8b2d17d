import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { RawSql } from '@/db/client'
import { type ActivityFilter, type ActivityLine, readActivity } from './queries'

export const exportFormats = ['ndjson', 'csv'] as const
export type ExportFormat = (typeof exportFormats)[number]

const pageSize = 1000

const columns = [
  'id',
  'createdAt',
  'companyId',
  'actorType',
  'actorId',
  'actorName',
  'action',
  'subjectType',
  'subjectId',
  'subjectName',
  'address',
  'userAgent',
  'via',
  'viaId',
  'details',
] as const satisfies readonly (keyof ActivityLine)[]

/** Sends the lines page by page as they are read, newest first, with one page in memory at a time. */
export async function sendActivity(
  sql: RawSql,
  response: ServerResponse,
  filter: ActivityFilter,
  format: ExportFormat,
): Promise<void> {
  response.writeHead(200, {
    'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
    'content-disposition': `attachment; filename="activity.${format}"`,
    'cache-control': 'no-store',
  })
  if (format === 'csv') response.write(`${columns.join(',')}\r\n`)
  let cursor: { at: Date; id: number } | null = null
  for (;;) {
    const lines: ActivityLine[] = await readActivity(sql, filter, { limit: pageSize, cursor })
    const text = lines.map((line) => (format === 'csv' ? csvOf(line) : `${JSON.stringify(line)}\n`)).join('')
    if (text !== '' && !response.write(text)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    const last = lines.at(-1)
    if (!last || lines.length < pageSize || response.destroyed) break
    cursor = { at: last.createdAt, id: last.id }
  }
  response.end()
}

function csvOf(line: ActivityLine): string {
  return `${columns.map((column) => cellOf(line[column])).join(',')}\r\n`
}

/** One CSV cell, quoted where necessary. A value that a spreadsheet would execute as a formula stays text. */
export function cellOf(value: unknown): string {
  const text = value === null ? '' : value instanceof Date ? value.toISOString() : textOf(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
