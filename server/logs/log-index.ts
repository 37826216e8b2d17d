import type { LogStream } from '@/server/domain/run-status'

/** One chunk of the text: its offset, the number of lines that end before it, its time (epoch ms), and its stream. */
export type LogRecord = { offset: number; length: number; lines: number; at: number; stream: LogStream }

/** The index is an array of these: offset (6 bytes), time (6), length (3), stream (1), lines (6), little endian. */
export const recordBytes = 22
export const maxChunkBytes = 64 * 1024

const streamCodes = { stdout: 1, stderr: 2 } as const satisfies Record<LogStream, number>

export function encodeRecords(records: readonly LogRecord[]): Buffer {
  const bytes = Buffer.allocUnsafe(records.length * recordBytes)
  records.forEach((record, position) => {
    const start = position * recordBytes
    bytes.writeUIntLE(record.offset, start, 6)
    bytes.writeUIntLE(record.at, start + 6, 6)
    bytes.writeUIntLE(record.length, start + 12, 3)
    bytes.writeUInt8(streamCodes[record.stream], start + 15)
    bytes.writeUIntLE(record.lines, start + 16, 6)
  })
  return bytes
}

export function decodeRecord(bytes: Buffer, position: number): LogRecord {
  const start = position * recordBytes
  return {
    offset: bytes.readUIntLE(start, 6),
    at: bytes.readUIntLE(start + 6, 6),
    length: bytes.readUIntLE(start + 12, 3),
    stream: bytes.readUInt8(start + 15) === streamCodes.stderr ? 'stderr' : 'stdout',
    lines: bytes.readUIntLE(start + 16, 6),
  }
}

/** After a power failure the index may contain zeros, or refer to text that never reached the disk. */
export function isSound(record: LogRecord, expectedOffset: number, textBytes: number): boolean {
  const fits = record.length > 0 && record.length <= maxChunkBytes && endOf(record) <= textBytes
  return fits && record.offset === expectedOffset
}

export function endOf(record: LogRecord): number {
  return record.offset + record.length
}
