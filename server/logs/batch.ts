import type { LogStream } from '@/server/domain/run-status'
import { type LogRecord, maxChunkBytes } from './log-index'
import { countNewlines } from './newlines'
import { characterFloor } from './utf8'

/** A buffer takes memory beyond its bytes: uncounted, a stalled disk and a child that prints single bytes fill the heap. */
const partOverheadBytes = 256

/** The text and the records of one flush. Consecutive chunks of one stream share a record of up to 64 KiB. */
export type Batch = { parts: Buffer[]; records: LogRecord[]; nextOffset: number; lines: number; weight: number }

/** `offset` and `lines`: the bytes and lines written before. */
export function createBatch(offset: number, lines: number): Batch {
  return { parts: [], records: [], nextOffset: offset, lines, weight: 0 }
}

/** Adds text, which must consist of complete characters. */
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
    if (grown > 0) return add(batch, text, grown)
  }
  const length = characterFloor(text, maxChunkBytes)
  batch.records.push({ offset: batch.nextOffset, lines: batch.lines, length, at, stream })
  return add(batch, text, length)
}

function add(batch: Batch, text: Buffer, length: number): number {
  batch.nextOffset += length
  batch.lines += countNewlines(text.subarray(0, length))
  return length
}
