import type { FileHandle } from 'node:fs/promises'

/** Bytes with random access. `readAt` returns fewer than asked for only at the end. */
export type ByteSource = {
  size(): Promise<number>
  readAt(position: number, length: number): Promise<Buffer>
  close(): Promise<void>
}

/** The two parts of a log, wherever and however it is stored: its text, and the index of its chunks. */
export type LogSource = { text: ByteSource; index: ByteSource }

export function fileSource(file: FileHandle): ByteSource {
  return {
    size: async () => (await file.stat()).size,
    readAt: (position, length) => readAt(file, position, length),
    close: () => file.close(),
  }
}

export async function closeSource({ text, index }: LogSource): Promise<void> {
  await Promise.all([text.close(), index.close()])
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
