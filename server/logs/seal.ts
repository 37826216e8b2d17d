import { createHash } from 'node:crypto'
import { earlierRecordBytes, isEarlierIndex } from './earlier-index'
import { createExcerpt } from './excerpt'
import { closeFiles, openFiles, sourceOf, syncFiles } from './local-files'
import { endOf, isSound, recordBytes } from './log-index'
import type { LogTotals } from './log-store'
import { createTextWindow, recordsFrom } from './records'
import { fileSource, type LogSource } from './source'

const windowBytes = 256 * 1024

/** Ends a log that has no writer any more: truncates text or records without a counterpart, and counts the rest. */
export async function sealLog(folder: string): Promise<LogTotals> {
  const files = await openFiles(folder, 'r+')
  if (!files) return { bytes: 0, sha256: createHash('sha256').digest('hex'), truncatedBytes: 0, stdoutExcerpt: '' }
  try {
    const isEarlier = await isEarlierIndex(fileSource(files.index))
    const { records, ...totals } = await count(await sourceOf(files))
    await files.index.truncate(records * (isEarlier ? earlierRecordBytes : recordBytes))
    await files.text.truncate(totals.bytes)
    await syncFiles(files)
    return { ...totals, truncatedBytes: 0 }
  } finally {
    await closeFiles(files)
  }
}

async function count(source: LogSource) {
  const [indexBytes, textBytes] = await Promise.all([source.index.size(), source.text.size()])
  const textAt = createTextWindow(source, textBytes, windowBytes)
  const hash = createHash('sha256')
  const stdout = createExcerpt()
  let bytes = 0
  let records = 0
  for await (const record of recordsFrom(source, Math.floor(indexBytes / recordBytes), 0)) {
    if (!isSound(record, bytes, textBytes)) break
    const chunk = await textAt(record.offset, record.length)
    hash.update(chunk)
    if (record.stream === 'stdout') stdout.push(chunk)
    bytes = endOf(record)
    records++
  }
  return { records, bytes, sha256: hash.digest('hex'), stdoutExcerpt: stdout.text() }
}
