import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ArchivePart } from './archive'
import { recordBytes } from './log-index'
import type { ByteSource, LogSource } from './source'

const gzipped = promisify(gzip)

/** Small enough that reading a page is cheap, large enough to compress well. */
export const textBlockBytes = 256 * 1024
export const indexBlockBytes = 4096 * recordBytes
/** A fast level: logs are compressed in the background of a busy server. */
const level = 4

/** Compresses a byte range in blocks; `write` gets them in order. Memory is bounded by a block. */
export async function packPart(
  source: ByteSource,
  range: Pick<ArchivePart, 'name' | 'start' | 'bytes' | 'blockBytes'>,
  write: (block: Buffer) => Promise<void>,
): Promise<ArchivePart> {
  const hash = createHash('sha256')
  const ends: number[] = []
  let end = 0
  for (let at = 0; at < range.bytes; at += range.blockBytes) {
    const plain = await readWhole(source, range.start + at, Math.min(range.blockBytes, range.bytes - at))
    const block = await gzipped(plain, { level })
    hash.update(block)
    await write(block)
    end += block.length
    ends.push(end)
  }
  return { ...range, ends, sha256: hash.digest('hex') }
}

/** Whether both logs are equal to the last byte: a stored log is read back before its files are removed. */
export async function isSame(a: LogSource, b: LogSource, extent: { bytes: number; indexBytes: number }) {
  const [texts, indexes] = [
    [await hashOf(a.text, extent.bytes), await hashOf(b.text, extent.bytes)],
    [await hashOf(a.index, extent.indexBytes), await hashOf(b.index, extent.indexBytes)],
  ]
  return { isSame: texts[0] === texts[1] && indexes[0] === indexes[1], sha256: texts[0] ?? '' }
}

async function hashOf(source: ByteSource, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes; at += textBlockBytes) {
    hash.update(await readWhole(source, at, Math.min(textBlockBytes, bytes - at)))
  }
  return hash.digest('hex')
}

async function readWhole(source: ByteSource, position: number, length: number): Promise<Buffer> {
  const bytes = await source.readAt(position, length)
  if (bytes.length < length) throw new Error('The log is shorter than it should be.')
  return bytes
}
