import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { ArchivePart, ReadPart } from './archive'

const gunzipped = promisify(gunzip)

type Block = { start: number; bytes: Buffer }
/** Blocks `from` up to `to` of a part, still compressed. */
type BlockRange = { part: ArchivePart; from: number; to: number; packed: Buffer }

/** A search reads a little before and after its window; a binary search of the index reads the same blocks again. */
const maxUnpackedBytes = 2 * 1024 * 1024
const maxRangeBlocks = 16
const maxRangeBytes = 2 * 1024 * 1024

/**
 * Reads the blocks of an archive: one request fetches all blocks of a read, and sequential reads fetch twice as many each
 * time, since a request to an object store costs more than the bytes. Memory is bounded by 2 MiB of compressed and 2 MiB
 * of decompressed blocks.
 */
export function createBlockReader(parts: ArchivePart[], read: ReadPart) {
  const mostBlocks = Math.max(2, Math.floor(maxUnpackedBytes / (parts[0]?.blockBytes ?? maxUnpackedBytes)))
  let blocks: Block[] = []
  let range: BlockRange | undefined
  let ahead = 1

  async function fetch(part: ArchivePart, from: number, needed: number): Promise<BlockRange> {
    ahead = range && isNext(parts, range, part, from) ? Math.min(ahead * 2, maxRangeBlocks) : 1
    const to = endOfRange(part, from, Math.max(ahead, needed))
    const packed = await read(part, part.ends[from - 1] ?? 0, part.ends[to - 1] ?? 0)
    range = { part, from, to, packed }
    return range
  }

  /** The least recently used block is dropped first. */
  function keep(block: Block): Block {
    const others = blocks.filter(({ start }) => start !== block.start)
    blocks = [...others, block].slice(-mostBlocks)
    return block
  }

  /** The block that contains `position`; the bytes up to `end` are read next. */
  return async (position: number, end: number): Promise<Block> => {
    const known = blocks.find(({ start, bytes }) => position >= start && position < start + bytes.length)
    if (known) return keep(known)
    const part = parts.findLast((each) => each.start <= position)
    if (!part) throw new Error('The archive of a log has a gap.')
    const at = Math.floor((position - part.start) / part.blockBytes)
    const needed = Math.ceil((end - part.start) / part.blockBytes) - at
    const held = range && holds(range, part, at) ? range : await fetch(part, at, needed)
    const bytes = await gunzipped(packedBlock(held, at))
    return keep({ start: part.start + at * part.blockBytes, bytes })
  }
}

function holds({ part, from, to }: BlockRange, wanted: ArchivePart, at: number): boolean {
  return part === wanted && at >= from && at < to
}

function packedBlock({ part, from, packed }: BlockRange, at: number): Buffer {
  const start = part.ends[from - 1] ?? 0
  return packed.subarray((part.ends[at - 1] ?? 0) - start, (part.ends[at] ?? 0) - start)
}

function isNext(parts: ArchivePart[], last: BlockRange, part: ArchivePart, from: number): boolean {
  if (part === last.part) return from === last.to
  return from === 0 && last.to === last.part.ends.length && parts[parts.indexOf(last.part) + 1] === part
}

function endOfRange(part: ArchivePart, from: number, blocks: number): number {
  const start = part.ends[from - 1] ?? 0
  let to = from + 1
  while (to < Math.min(from + blocks, part.ends.length) && (part.ends[to] ?? 0) - start <= maxRangeBytes) to++
  return to
}
