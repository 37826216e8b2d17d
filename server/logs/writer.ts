import { createHash } from 'node:crypto'
import { logStreams } from '@/server/domain/run-status'
import { createDeferred } from '@/server/platform/deferred'
import type { AppendFiles } from './append-files'
import type { Batch } from './batch'
import { createDecoder, type DecoderSettings } from './decoder'
import { createFlusher } from './flusher'
import { encodeRecords } from './log-index'
import type { LogTotals, LogWriter } from './log-store'

export type WriterSettings = DecoderSettings & {
  /** Epoch ms. */
  now?: () => number
}

/**
 * The writer of one run's files, which `open` creates with the first text: many runs print nothing. After a disk failure
 * `recount` counts the text on disk.
 */
export function createWriter(
  open: () => Promise<AppendFiles>,
  settings: WriterSettings,
  recount: () => Promise<LogTotals>,
): LogWriter {
  const { now = Date.now } = settings
  const decoder = createDecoder(settings)
  const disk = createDisk(open)
  const flusher = createFlusher(disk.write)
  const full = createDeferred<{ maxBytes: number }>()
  let closing: Promise<LogTotals> | undefined

  function keep(stream: (typeof logStreams)[number], text: Buffer): void {
    if (text.length > 0 && !disk.error()) flusher.add(stream, text, now())
  }

  async function finish(): Promise<LogTotals> {
    for (const stream of logStreams) keep(stream, decoder.end(stream))
    await flusher.drain()
    const stored = (await disk.close()) ?? (await recount())
    const truncatedBytes = decoder.textBytes() - stored.bytes
    const totals = {
      bytes: stored.bytes,
      sha256: stored.sha256,
      truncatedBytes,
      stdoutExcerpt: decoder.stdoutExcerpt(),
    }
    return disk.error() ? { ...totals, diskError: codeOf(disk.error()) } : totals
  }

  return {
    append(stream, bytes) {
      if (closing) return undefined
      keep(stream, decoder.push(stream, bytes))
      if (decoder.isFull()) full.resolve({ maxBytes: settings.maxBytes })
      return flusher.backlog()
    },
    onGrew: disk.onGrew,
    failed: disk.failed,
    full: full.promise,
    close() {
      closing ??= finish()
      return closing
    },
  }
}

/** Appends are not synced, since a crash of the process loses no written data; close syncs once. */
function createDisk(open: () => Promise<AppendFiles>) {
  let files: AppendFiles | undefined
  const hash = createHash('sha256')
  const listeners: ((nextOffset: number) => void)[] = []
  const failure = createDeferred<Error>()
  let bytes = 0
  let error: Error | undefined

  function fail(cause: unknown): void {
    error ??= cause instanceof Error ? cause : new Error(String(cause))
    failure.resolve(error)
  }

  async function write({ parts, records, nextOffset }: Batch): Promise<void> {
    if (error) return
    try {
      files ??= await open()
      const written = files.append(parts, encodeRecords(records))
      for (const part of parts) hash.update(part)
      await written
    } catch (cause) {
      return fail(cause)
    }
    bytes = nextOffset
    for (const listener of listeners) notify(listener, nextOffset)
  }

  return {
    write,
    error: () => error,
    failed: failure.promise,
    onGrew: (listener: (nextOffset: number) => void) => void listeners.push(listener),
    /** Null when the disk failed. */
    async close(): Promise<{ bytes: number; sha256: string } | null> {
      if (files && !error) await files.sync().catch(fail)
      if (files) await files.close().catch(fail)
      return error ? null : { bytes, sha256: hash.digest('hex') }
    },
  }
}

function codeOf(error: Error | undefined): string {
  return error && 'code' in error ? String(error.code) : 'unknown error'
}

/** An error of a listener is not an error of the log. */
function notify(listener: (nextOffset: number) => void, nextOffset: number): void {
  try {
    listener(nextOffset)
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}
