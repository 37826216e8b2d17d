import type { LogStream } from '@/server/domain/run-status'
import { endOf, type LogRecord, maxChunkBytes } from './log-index'
import { characterFloor } from './utf8'

/** A buffer costs memory beyond its bytes: without it a stalled disk and a child that prints single bytes fill the heap. */
const partOverheadBytes = 256

/** The text and the records of one flush. Chunks of one stream that follow each other share a record up to 64 KiB. */
export type Batch = { parts: Buffer[]; records: LogRecord[]; nextOffset: number; weight: number }

export function createBatch(offset: number): Batch {
  return { parts: [], records: [], nextOffset: offset, weight: 0 }
}

/** Adds whole characters of text. */
export function addText(batch: Batch, stream: LogStream, text: Buffer, at: number): void {
  batch.parts.push(text)
  batch.weight += text.length + partOverheadBytes
  let start = 0
  while (start < text.length) start += record(batch, stream, text.subarray(start), at)
}

function record(batch: Batch, stream: LogStream, text: Buffer, at: number): number {
  const last = batch.records.at(-1)
  if (last?.stream === stream) {
    const grown = characterFloor(text, maxChunkBytes - last.length)
    last.length += grown
    batch.nextOffset = endOf(last)
    if (grown > 0) return grown
  }
  const length = characterFloor(text, maxChunkBytes)
  batch.records.push({ offset: batch.nextOffset, length, at, stream })
  batch.nextOffset += length
  return length
}
