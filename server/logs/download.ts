import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ApiError } from '@/server/domain/errors'
import { type LogStream, logStreams } from '@/server/domain/run-status'
import type { LogReading } from './log-store'

const pageBytes = 256 * 1024

const formats = ['text', 'ndjson'] as const
export type LogDownload = { stream?: LogStream; format: (typeof formats)[number] }

/** `?stream=stdout|stderr&format=text|ndjson`. Throws `invalid_input` with the parameter's name. */
export function parseDownload(query: URLSearchParams): LogDownload {
  return { stream: oneOf('stream', logStreams, query), format: oneOf('format', formats, query) ?? 'text' }
}

function oneOf<T extends string>(name: string, allowed: readonly T[], query: URLSearchParams): T | undefined {
  const given = query.get(name)
  if (given === null) return undefined
  const value = allowed.find((each) => each === given)
  if (value === undefined) throw new ApiError('invalid_input', `must be ${allowed.join(' or ')}`, name)
  return value
}

/**
 * Sends the current log (up to `endOffset`, the `logBytes` of a final run), as fast as the receiver reads.
 * Resolves when it is sent or the receiver has disconnected; rejects with an error of the store, which cuts the response.
 */
export async function sendLog(
  response: ServerResponse,
  { store, runId, endOffset, ...download }: LogDownload & { store: LogReading; runId: string; endOffset?: number },
): Promise<void> {
  const { bytes } = await store.info(runId)
  const end = Math.min(bytes, endOffset ?? bytes)
  response.writeHead(200, headersOf(runId, download, end))
  if (response.req.method === 'HEAD') return void response.end()
  const pages = Readable.from(pagesOf(store, runId, end, download), { highWaterMark: 1 })
  try {
    await pipeline(pages, response)
  } catch (error) {
    if (!isDisconnect(error)) throw error
  }
}

function isDisconnect(error: unknown): boolean {
  const codes: unknown[] = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'EPIPE', 'ECONNRESET']
  return error instanceof Error && 'code' in error && codes.includes(error.code)
}

function headersOf(runId: string, { stream, format }: LogDownload, bytes: number): Record<string, string> {
  const name = `run-${runId}${stream ? `.${stream}` : ''}.${format === 'ndjson' ? 'ndjson' : 'log'}`
  return {
    'content-type': format === 'ndjson' ? 'application/x-ndjson; charset=utf-8' : 'text/plain; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
    ...(stream || format === 'ndjson' ? {} : { 'content-length': String(bytes) }),
  }
}

async function* pagesOf(store: LogReading, runId: string, endOffset: number, { stream, format }: LogDownload) {
  let offset = 0
  while (offset < endOffset) {
    const page = await store.read(runId, { offset, limitBytes: pageBytes, stream, endOffset })
    // A log that was removed meanwhile reads as empty: better a cut response than one that never ends.
    if (page.nextOffset <= offset) throw new Error('The log was removed while it was being read.')
    offset = page.nextOffset
    const lines = page.entries.map((entry) => (format === 'ndjson' ? `${JSON.stringify(entry)}\n` : entry.chunk))
    if (lines.length > 0) yield Buffer.from(lines.join(''))
  }
}
