import { type LogFiles, readAt } from './local-files'
import { decodeRecord, endOf, type LogRecord, recordBytes } from './log-index'

const blockRecords = 512

/** How much may be read: what the index names and the text has. Works while another process appends. */
export async function measure({ index, text }: LogFiles): Promise<{ records: number; bytes: number }> {
  // The index first: text that is named there was written before.
  const records = Math.floor((await index.stat()).size / recordBytes)
  if (records === 0) return { records: 0, bytes: 0 }
  const last = decodeRecord(await readAt(index, (records - 1) * recordBytes, recordBytes), 0)
  return { records, bytes: Math.min(endOf(last), (await text.stat()).size) }
}

/** A position at or a little before the record that holds `offset`. Reads a few records, however long the log is. */
export async function findRecord({ index }: LogFiles, records: number, offset: number): Promise<number> {
  if (offset === 0) return 0
  let low = 0
  let high = records - 1
  // Most readers follow the end, so that is looked at first.
  let probe = high - blockRecords + 1
  while (high - low >= blockRecords) {
    const { offset: start } = decodeRecord(await readAt(index, probe * recordBytes, recordBytes), 0)
    if (start <= offset) low = probe
    else high = probe - 1
    probe = Math.ceil((low + high) / 2)
  }
  return low
}

/** The records from `position` on. */
export async function* recordsFrom({ index }: LogFiles, records: number, position: number): AsyncGenerator<LogRecord> {
  for (let at = position; at < records; at += blockRecords) {
    const block = await readAt(index, at * recordBytes, Math.min(blockRecords, records - at) * recordBytes)
    for (let item = 0; (item + 1) * recordBytes <= block.length; item++) yield decodeRecord(block, item)
  }
}

/** Reads ranges of the text that follow each other through one window, so that tiny chunks cost no read each. */
export function createTextWindow({ text }: LogFiles, textBytes: number, windowBytes: number) {
  let start = 0
  let held: Buffer = Buffer.alloc(0)
  return async (offset: number, length: number): Promise<Buffer> => {
    if (offset < start || offset + length > start + held.length) {
      start = offset
      held = await readAt(text, offset, Math.min(Math.max(length, windowBytes), textBytes - offset))
    }
    return held.subarray(offset - start, offset - start + length)
  }
}
