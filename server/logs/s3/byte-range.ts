import { endOfParts, type Manifest } from '@/server/logs/archive'
import { endOf, recordBytes } from '@/server/logs/log-index'
import { measure, recordsFrom } from '@/server/logs/records'
import type { LogSource } from '@/server/logs/source'

/** The bytes of one segment: a range of the text, and the range of the index that covers it. */
export type ByteRange = { text: { start: number; bytes: number }; index: { start: number; bytes: number } }

/** The index of many small chunks is as long as their text. */
const mostRecords = 200_000

/**
 * The range after the segments of the manifest: complete chunks, about `segmentBytes` of text. Null where there is less,
 * unless `endOffset` says that the log is final; then the rest, or null where there is none.
 */
export async function nextByteRange(
  source: LogSource,
  manifest: Manifest,
  { segmentBytes, endOffset }: { segmentBytes: number; endOffset: number | null },
): Promise<ByteRange | null> {
  const start = endOfParts(manifest.text)
  const first = endOfParts(manifest.index) / recordBytes
  const { records, bytes } = await measure(source)
  let [end, count] = [start, 0]
  for await (const record of recordsFrom(source, records, first)) {
    if (record.offset >= (endOffset ?? bytes) || end - start >= segmentBytes || count >= mostRecords) break
    end = Math.min(endOf(record), endOffset ?? bytes)
    count++
  }
  const isFull = end - start >= segmentBytes || count >= mostRecords
  if (count === 0 || (!isFull && endOffset === null)) return null
  return {
    text: { start, bytes: end - start },
    index: { start: first * recordBytes, bytes: count * recordBytes },
  }
}
