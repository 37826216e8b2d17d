import { ApiError } from '@/server/domain/errors'
import { decodeRecord, encodeRecords, isSound, type LogRecord, recordBytes } from './log-index'
import { countNewlines } from './newlines'
import type { ByteSource, LogSource } from './source'

/** Releases before line counts wrote records without them. */
export const earlierRecordBytes = 16
const recordsAtOnce = 4096
const windowBytes = 256 * 1024
/** Of the index in memory; the largest log of ordinary output needs a thousandth of it. */
const mostBytes = 64 * 1024 * 1024

/**
 * The first record shows the format: six bytes after its stream, a current record has the number of lines before it, which
 * is 0, and an earlier index has the offset of the second record, which is not.
 */
export async function isEarlierIndex(index: ByteSource): Promise<boolean> {
  const head = await index.readAt(0, recordBytes)
  if (head.length < recordBytes) return head.length >= earlierRecordBytes
  return head.readUIntLE(earlierRecordBytes, 6) !== 0
}

/** Reads a log of an earlier release like a current one: its lines are counted when the index is first read. */
export async function withCountedLines(source: LogSource): Promise<LogSource> {
  if (!(await isEarlierIndex(source.index))) return source
  let counting: Promise<Buffer> | undefined
  const counted = () => {
    counting ??= countLines(source)
    return counting
  }
  const index: ByteSource = {
    size: async () => (await counted()).length,
    readAt: async (position, length) => (await counted()).subarray(position, position + length),
    close: () => source.index.close(),
  }
  return { text: source.text, index }
}

async function countLines({ text, index }: LogSource): Promise<Buffer> {
  const total = Math.floor((await index.size()) / earlierRecordBytes)
  if (total * recordBytes > mostBytes) {
    throw new ApiError(
      'unavailable',
      'The log of this run was written by an earlier release, in more chunks than this release can read.',
    )
  }
  const textBytes = await text.size()
  const newlinesIn = createCounter(text)
  const parts: Buffer[] = []
  let offset = 0
  let lines = 0
  for (let at = 0; at < total; at += recordsAtOnce) {
    const count = Math.min(recordsAtOnce, total - at)
    const block = await index.readAt(at * earlierRecordBytes, count * earlierRecordBytes)
    const records: LogRecord[] = []
    for (let item = 0; (item + 1) * earlierRecordBytes <= block.length; item++) {
      const record = { ...decodeEarlier(block, item), lines }
      // The rest was damaged when its writer died.
      if (!isSound(record, offset, textBytes)) return Buffer.concat([...parts, encodeRecords(records)])
      records.push(record)
      lines += await newlinesIn(record.offset, record.length)
      offset += record.length
    }
    parts.push(encodeRecords(records))
  }
  return Buffer.concat(parts)
}

function decodeEarlier(block: Buffer, item: number): LogRecord {
  const start = item * earlierRecordBytes
  const lines = Buffer.alloc(recordBytes - earlierRecordBytes)
  return decodeRecord(Buffer.concat([block.subarray(start, start + earlierRecordBytes), lines]), 0)
}

/** Ranges must be asked for in order; many are read at a time. */
function createCounter(text: ByteSource) {
  let start = 0
  let held: Buffer = Buffer.alloc(0)
  return async (offset: number, length: number): Promise<number> => {
    if (offset < start || offset + length > start + held.length) {
      start = offset
      held = await text.readAt(offset, Math.max(length, windowBytes))
    }
    return countNewlines(held.subarray(offset - start, offset - start + length))
  }
}
