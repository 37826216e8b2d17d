import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { ArchivePart, ReadPart } from './archive'

const gunzipped = promisify(gunzip)

type Block = { start: number; bytes: Buffer }
/** Blocks `from` up to `to` of a part, as they are stored. */
type Stretch = { part: ArchivePart; from: number; to: number; packed: Buffer }

/** A search looks a little before and behind its window; who looks for a place in the index comes by the same ones. */
const mostUnpackedBytes = 2 * 1024 * 1024
const mostStretchBlocks = 16
const mostStretchBytes = 2 * 1024 * 1024

/**
 * Reads the blocks of an archive: those that one reading needs by one request, and for who goes on from where they were
 * twice as many at each, since a request to an object store costs more than the bytes. Memory is bounded by 2 MiB of
 * stored blocks and 2 MiB of unpacked ones.
 */
export function createBlockReader(parts: ArchivePart[], read: ReadPart) {
  const mostBlocks = Math.max(2, Math.floor(mostUnpackedBytes / (parts[0]?.blockBytes ?? mostUnpackedBytes)))
  let blocks: Block[] = []
  let stretch: Stretch | undefined
  let ahead = 1

  async function fetch(part: ArchivePart, from: number, needed: number): Promise<Stretch> {
    ahead = stretch && isNext(parts, stretch, part, from) ? Math.min(ahead * 2, mostStretchBlocks) : 1
    const to = endOfStretch(part, from, Math.max(ahead, needed))
    const packed = await read(part, part.ends[from - 1] ?? 0, part.ends[to - 1] ?? 0)
    stretch = { part, from, to, packed }
    return stretch
  }

  /** The one that was used last is let go last. */
  function keep(block: Block): Block {
    const others = blocks.filter(({ start }) => start !== block.start)
    blocks = [...others, block].slice(-mostBlocks)
    return block
  }

  /** The block that holds `position`; what is read up to `end` is needed next. */
  return async (position: number, end: number): Promise<Block> => {
    const known = blocks.find(({ start, bytes }) => position >= start && position < start + bytes.length)
    if (known) return keep(known)
    const part = parts.findLast((each) => each.start <= position)
    if (!part) throw new Error('The archive of a log has a gap.')
    const at = Math.floor((position - part.start) / part.blockBytes)
    const needed = Math.ceil((end - part.start) / part.blockBytes) - at
    const held = stretch && holds(stretch, part, at) ? stretch : await fetch(part, at, needed)
    const bytes = await gunzipped(packedBlock(held, at))
    return keep({ start: part.start + at * part.blockBytes, bytes })
  }
}

function holds({ part, from, to }: Stretch, wanted: ArchivePart, at: number): boolean {
  return part === wanted && at >= from && at < to
}

function packedBlock({ part, from, packed }: Stretch, at: number): Buffer {
  const start = part.ends[from - 1] ?? 0
  return packed.subarray((part.ends[at - 1] ?? 0) - start, (part.ends[at] ?? 0) - start)
}

function isNext(parts: ArchivePart[], last: Stretch, part: ArchivePart, from: number): boolean {
  if (part === last.part) return from === last.to
  return from === 0 && last.to === last.part.ends.length && parts[parts.indexOf(last.part) + 1] === part
}

function endOfStretch(part: ArchivePart, from: number, blocks: number): number {
  const start = part.ends[from - 1] ?? 0
  let to = from + 1
  while (to < Math.min(from + blocks, part.ends.length) && (part.ends[to] ?? 0) - start <= mostStretchBytes) to++
  return to
}
