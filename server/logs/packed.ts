import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArchivePart, archiveSource, type Manifest, parseManifest } from './archive'
import { appendAll, hasCode, openFiles, sourceOf } from './local-files'
import { recordBytes } from './log-index'
import { indexBlockBytes, isSame, packPart, textBlockBytes } from './pack'
import { extentUpTo } from './records'
import { closeSource, fileSource, type LogSource } from './source'

/**
 * Compresses the files of a finished log, `bytes` long with the hash `sha256`. The compressed ones take their place in
 * one step, once they were read back and say the same; who reads the old ones reads on. Answers false, and leaves all as
 * it is, where there is nothing to compress. Rejects where the log is not what it should be.
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
    if (!found.isSame) throw new Error('The compressed log does not read as the log does.')
    if (found.sha256 !== expected.sha256) throw new Error('The log is not the one that its run has recorded.')
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

/** The index first: a reader that finds only one of the two looks for the compressed ones. */
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
  const write = (stretch: typeof text, source: LogSource['text']) =>
    withNewFile(join(folder, stretch.name), (file) => packPart(source, stretch, (block) => appendAll(file, [block])))
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
