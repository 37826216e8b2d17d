import { decodeRecord, endOf, type LogRecord, recordBytes } from './log-index'
import { countNewlines } from './newlines'
import type { LogSource } from './source'

const blockRecords = 512

/** How much can be read: text that is in the index and in the file. Works while another process appends. */
export async function measure({ index, text }: LogSource): Promise<{ records: number; bytes: number }> {
  // The index first: text that it refers to was written before.
  const records = Math.floor((await index.size()) / recordBytes)
  if (records === 0) return { records: 0, bytes: 0 }
  return { records, bytes: Math.min(endOf(await recordAt({ index }, records - 1)), await text.size()) }
}

/** The number of records that cover the text up to `bytes`. */
export async function extentUpTo(source: LogSource, bytes: number): Promise<number> {
  const { records } = await measure(source)
  let position = await findRecord(source, records, bytes)
  for await (const record of recordsFrom(source, records, position)) {
    if (record.offset >= bytes) break
    position++
  }
  return position
}

/** A position at or a little before the record that contains `offset`. Reads a few records, however long the log is. */
export function findRecord(source: LogSource, records: number, offset: number): Promise<number> {
  return offset === 0 ? Promise.resolve(0) : search(source, records, (record) => record.offset <= offset)
}

/** The same for the record that contains the `nth` newline of the log, `nth` from 1. */
export function findNewline(source: LogSource, records: number, nth: number): Promise<number> {
  return search(source, records, (record) => record.lines < nth)
}

/** Binary search: `isReached` is true for all records up to the wanted one. */
async function search(source: LogSource, records: number, isReached: (record: LogRecord) => boolean): Promise<number> {
  let low = 0
  let high = records - 1
  // Most readers follow the end, so it is probed first.
  let probe = high - blockRecords + 1
  while (high - low >= blockRecords) {
    if (isReached(await recordAt(source, probe))) low = probe
    else high = probe - 1
    probe = Math.ceil((low + high) / 2)
  }
  return low
}

async function recordAt({ index }: Pick<LogSource, 'index'>, position: number): Promise<LogRecord> {
  return decodeRecord(await index.readAt(position * recordBytes, recordBytes), 0)
}

/** The records from `position` on. */
export async function* recordsFrom({ index }: LogSource, records: number, position: number): AsyncGenerator<LogRecord> {
  for (let at = position; at < records; at += blockRecords) {
    const block = await index.readAt(at * recordBytes, Math.min(blockRecords, records - at) * recordBytes)
    for (let item = 0; (item + 1) * recordBytes <= block.length; item++) yield decodeRecord(block, item)
  }
}

/** How many lines end before `offset`, which is at most the readable bytes. */
export async function newlinesBefore(source: LogSource, records: number, offset: number): Promise<number> {
  if (offset === 0) return 0
  let holder: LogRecord | undefined
  for await (const record of recordsFrom(source, records, await findRecord(source, records, offset - 1))) {
    if (record.offset >= offset) break
    holder = record
  }
  if (!holder) return 0
  return holder.lines + countNewlines(await source.text.readAt(holder.offset, offset - holder.offset))
}

/** Reads consecutive ranges of the text through one window, so that tiny chunks need no read each. */
export function createTextWindow({ text }: LogSource, textBytes: number, windowBytes: number) {
  let start = 0
  let held: Buffer = Buffer.alloc(0)
  return async (offset: number, length: number): Promise<Buffer> => {
    if (offset < start || offset + length > start + held.length) {
      start = offset
      held = await text.readAt(offset, Math.min(Math.max(length, windowBytes), textBytes - offset))
    }
    return held.subarray(offset - start, offset - start + length)
  }
}
