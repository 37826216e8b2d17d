import { z } from 'zod'
import { ApiError } from '@/server/domain/errors'
import { createBlockReader } from './block-reader'
import type { ByteSource, LogSource } from './source'

/**
 * A byte range of the text or the index, compressed in blocks: consecutive gzip members, so that `zcat` prints all of it
 * and a reader decompresses only the blocks it needs. `ends` is where each member ends in the part.
 */
const partSchema = z.object({
  name: z.string(),
  start: z.number(),
  bytes: z.number(),
  blockBytes: z.number(),
  ends: z.array(z.number()),
  /** Hex, of the compressed part. */
  sha256: z.string(),
})
export type ArchivePart = z.infer<typeof partSchema>

/** The contents of a compressed log. `sha256` is that of the text, and null until the run has ended. */
const manifestSchema = z.object({
  version: z.literal(1),
  sha256: z.string().nullable(),
  text: z.array(partSchema),
  index: z.array(partSchema),
})
export type Manifest = z.infer<typeof manifestSchema>

export type ReadPart = (part: ArchivePart, from: number, to: number) => Promise<Buffer>

export const emptyManifest: Manifest = { version: 1, sha256: null, text: [], index: [] }

export function parseManifest(json: string): Manifest {
  const found: unknown = JSON.parse(json)
  const manifest = manifestSchema.safeParse(found)
  if (manifest.success) return manifest.data
  throw new ApiError('unavailable', 'The log of this run was compressed in a format that this release cannot read.')
}

/** The offset in the text or the index at which the parts end. */
export function endOfParts(parts: ArchivePart[]): number {
  const last = parts.at(-1)
  return last ? last.start + last.bytes : 0
}

/** Reads a log from its archive, in blocks. */
export function archiveSource(manifest: Manifest, read: ReadPart, close: () => Promise<void>): LogSource {
  return {
    text: { ...partsSource(manifest.text, read), close },
    index: { ...partsSource(manifest.index, read), close: async () => {} },
  }
}

function partsSource(parts: ArchivePart[], read: ReadPart): Omit<ByteSource, 'close'> {
  const size = endOfParts(parts)
  const blockAt = createBlockReader(parts, read)
  return {
    size: async () => size,
    async readAt(position, length) {
      const end = Math.min(size, position + length)
      const pieces: Buffer[] = []
      for (let at = position; at < end; ) {
        const block = await blockAt(at, end)
        const piece = block.bytes.subarray(at - block.start, end - block.start)
        if (piece.length === 0) throw new Error('A block of an archived log is shorter than it should be.')
        pieces.push(piece)
        at += piece.length
      }
      return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
    },
  }
}
