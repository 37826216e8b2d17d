import { endOfParts, type Manifest } from '@/server/logs/archive'
import { endOf, recordBytes } from '@/server/logs/log-index'
import { measure, recordsFrom } from '@/server/logs/records'
import type { LogSource } from '@/server/logs/source'

/** What goes into one segment: so much text, and the index of it. */
export type Stretch = { text: { start: number; bytes: number }; index: { start: number; bytes: number } }

/** Many small chunks have an index as long as their text. */
const mostRecords = 200_000

/**
 * What comes after the manifest, up to about `segmentBytes`, whole chunks; null where there is less than that, or
 * nothing at all when `endOffset` says that no more will come.
 */
export async function nextStretch(
  source: LogSource,
  manifest: Manifest,
  { segmentBytes, endOffset }: { segmentBytes: number; endOffset: number | null },
): Promise<Stretch | null> {
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
