import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArchivePart, archiveSource, type Manifest, parseManifest } from './archive'
import { appendAll, hasCode, openFiles, sourceOf } from './local-files'
import { recordBytes } from './log-index'
import { indexBlockBytes, isSame, packPart, textBlockBytes } from './pack'
import { extentUpTo } from './records'
import { closeSource, fileSource, type LogSource } from './source'

/**
 * Compresses the files of a finished log of `bytes` bytes with the hash `sha256`. The compressed files replace the
 * originals in one step, after they were read back and compared; open readers continue on the originals. Returns false,
 * and changes nothing, where there are no files to compress. Rejects where the log differs from its recorded totals.
 */
export async function packLog(folder: string, expected: { bytes: number; sha256: string }): Promise<boolean> {
  const files = await openFiles(folder, 'r')
  if (!files) return false
  const plain = await sourceOf(files)
  const unfinished = join(folder, 'packing')
  try {
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { mode: 0o700 })
    const extent = { bytes: expected.bytes, indexBytes: (await extentUpTo(plain, expected.bytes)) * recordBytes }
    await writePacked(plain, unfinished, extent, expected.sha256)
    const packed = await openFolder(unfinished)
    const found = await isSame(plain, packed, extent).finally(() => closeSource(packed))
    if (!found.isSame) throw new Error('The compressed log differs from the log.')
    if (found.sha256 !== expected.sha256)
      throw new Error('The log differs from the checksum that its run has recorded.')
    await rename(unfinished, join(folder, 'packed'))
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  } finally {
    await closeSource(plain)
  }
  await removePlain(folder)
  return true
}

/** Null when there is none. */
export async function openPacked(folder: string): Promise<LogSource | null> {
  try {
    return await openFolder(join(folder, 'packed'))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/** The index first: a reader that finds only one of the two files opens the compressed ones. */
export async function removePlain(folder: string): Promise<void> {
  await rm(join(folder, 'index'), { force: true })
  await rm(join(folder, 'log'), { force: true })
}

async function writePacked(
  plain: LogSource,
  folder: string,
  extent: { bytes: number; indexBytes: number },
  sha256: string,
): Promise<void> {
  const text = { name: 'log.gz', start: 0, bytes: extent.bytes, blockBytes: textBlockBytes }
  const index = { name: 'index.gz', start: 0, bytes: extent.indexBytes, blockBytes: indexBlockBytes }
  const write = (range: typeof text, source: LogSource['text']) =>
    withNewFile(join(folder, range.name), (file) => packPart(source, range, (block) => appendAll(file, [block])))
  const manifest: Manifest = {
    version: 1,
    sha256,
    text: [await write(text, plain.text)],
    index: [await write(index, plain.index)],
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest), { mode: 0o600, flush: true })
}

async function withNewFile(path: string, work: (file: FileHandle) => Promise<ArchivePart>): Promise<ArchivePart> {
  const file = await open(path, 'ax', 0o600)
  try {
    const part = await work(file)
    await file.datasync()
    return part
  } finally {
    await file.close()
  }
}

async function openFolder(folder: string): Promise<LogSource> {
  const manifest = parseManifest(await readFile(join(folder, 'manifest.json'), 'utf8'))
  const files = new Map<string, FileHandle>()
  const close = async () => void (await Promise.all([...files.values()].map((file) => file.close())))
  try {
    for (const { name } of [...manifest.text, ...manifest.index]) files.set(name, await open(join(folder, name), 'r'))
  } catch (error) {
    await close()
    throw error
  }
  return archiveSource(
    manifest,
    async (part, from, to) => {
      const file = files.get(part.name)
      return file ? await fileSource(file).readAt(from, to - from) : Buffer.alloc(0)
    },
    close,
  )
}
