import { constants, existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import { type JsonObject, parseJson } from '@/server/domain/json'
import { microsOfUsd } from '@/server/domain/money'
import { excessOfValue, storable, storableText } from '@/server/domain/storable'
import type { Report, Usage } from './adapter'

export const emptyReport: Report = {
  summary: null,
  result: null,
  usage: null,
  costUsd: null,
  provider: null,
  model: null,
  sessionId: null,
  clearSession: false,
}

/** A report, and a sentence for each value that could not be used. */
export type CheckedReport = { report: Report; warnings: string[] }

/** The most bytes a report may have. */
export const maxReportBytes = 1024 * 1024

/** Reads the report that a program wrote to `REVEILLE_RESULT_FILE`. A missing or empty file is an empty report. Never rejects. */
export async function readReport(path: string | undefined): Promise<CheckedReport> {
  // Most programs report nothing, and this check is cheaper than a failing open.
  if (!path || !existsSync(path)) return { report: emptyReport, warnings: [] }
  try {
    const text = await readCapped(path)
    if (text.trim() === '') return { report: emptyReport, warnings: [] }
    const parsed = parseJson(text)
    return parsed.ok ? checkReport(parsed.value) : unreadable('it is not JSON')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { report: emptyReport, warnings: [] }
    }
    return unreadable(error instanceof ReportFault ? error.message : fault(error))
  }
}

/**
 * Checks a report field by field; unusable values are left out with a warning, and the others kept. `ignored` begins
 * the warning for a report that is unusable as a whole.
 */
export function checkReport(value: unknown, ignored?: string): CheckedReport {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return unreadable('it is not a JSON object', ignored)
  const given: JsonObject = { ...value }
  const warnings: string[] = []
  const warn = (field: string, why: string) => warnings.push(`The reported ${field} was ignored: ${why}.`)
  const text = (field: string, maxLength: number) => {
    const raw = given[field] ?? null
    if (raw === null) return null
    const parsed = z.string().max(maxLength).safeParse(raw)
    if (parsed.success) return storableText(parsed.data)
    warn(field, `it is not a text of at most ${maxLength} characters`)
    return null
  }
  const report: Report = {
    summary: text('summary', maxReportBytes),
    result: resultOf(given.result, warn),
    usage: usageOf(given.usage, warn),
    costUsd: costOf(given.costUsd, warn),
    provider: text('provider', 200) || null,
    model: text('model', 200) || null,
    sessionId: text('sessionId', 500) || null,
    clearSession: given.clearSession === true,
  }
  if (typeof (given.clearSession ?? false) !== 'boolean') warn('clearSession', 'it is neither true nor false')
  return { report, warnings }
}

type Warn = (field: string, why: string) => void

const tokens = z.number().int().min(0).max(1_000_000_000_000)

function resultOf(value: unknown, warn: Warn): unknown {
  const excess = excessOfValue(value)
  if (excess === null) return storable(value ?? null)
  warn('result', `it ${excess}`)
  return null
}

function usageOf(value: unknown, warn: Warn): Usage | null {
  if (value === undefined || value === null) return null
  const given = z.record(z.string(), z.unknown()).safeParse(value)
  if (!given.success) {
    warn('usage', 'it is not an object')
    return null
  }
  let usable = 0
  const count = (field: keyof Usage) => {
    const raw = given.data[field] ?? null
    if (raw === null) return 0
    const parsed = tokens.safeParse(raw)
    if (!parsed.success) {
      warn(`usage.${field}`, 'it is not a whole number of tokens from 0 to 1,000,000,000,000')
      return 0
    }
    usable += 1
    return parsed.data
  }
  const usage = {
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    cachedInputTokens: count('cachedInputTokens'),
  }
  return usable > 0 ? usage : null
}

function costOf(value: unknown, warn: Warn): number | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'number' && microsOfUsd(value) !== null) return value
  warn('costUsd', 'it is not an amount of dollars that one run can cost')
  return null
}

/** An unusable report, with a warning that gives the reason. */
export function unreadable(why: string, ignored = 'The result of the program was ignored'): CheckedReport {
  return { report: emptyReport, warnings: [`${ignored}: ${why}.`] }
}

class ReportFault extends Error {}

async function readCapped(path: string): Promise<string> {
  // Without O_NONBLOCK, opening a named pipe instead of the file would block the run forever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new ReportFault('it is not a file')
    if (found.size > maxReportBytes) throw new ReportFault('it is larger than 1 MiB')
    return new TextDecoder().decode(await readAll(file, found.size))
  } finally {
    await file.close()
  }
}

async function readAll(file: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await file.read(buffer, length, size - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

function fault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  return `it could not be read${code}`
}
