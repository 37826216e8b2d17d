import { rm } from 'node:fs/promises'
import { type ArchivePart, archiveSource, emptyManifest, endOfParts, type Manifest } from '@/server/logs/archive'
import type { Archive } from '@/server/logs/archiver'
import { openLocal } from '@/server/logs/local'
import type { ArchivedLogs } from '@/server/logs/locate'
import { indexBlockBytes, isSame, packPart, textBlockBytes } from '@/server/logs/pack'
import { createReading } from '@/server/logs/reading'
import { type ByteSource, closeSource, type LogSource } from '@/server/logs/source'
import { type ByteRange, nextByteRange } from './byte-range'
import { createManifests, folderOf, keyOf, type Manifests } from './manifests'
import type { Objects } from './objects'

const mostOpened = 4
const openedMs = 5000
const segmentBytesDefault = 8 * 1024 * 1024

export type S3Archive = Archive & ArchivedLogs & { remove(runId: string): Promise<void> }

/**
 * Logs in a bucket: `runs/<aa>/<runId>/` holds segments of text and index, compressed in blocks, and a manifest that
 * lists them, written after them. While a run is running, its full segments are uploaded; after its end the rest is
 * uploaded, everything is read back, the manifest gets the hash, and only then are the local files removed.
 */
export function createS3Archive(objects: Objects, { segmentBytes = segmentBytesDefault } = {}): S3Archive {
  const manifests = createManifests(objects)
  const openedOf = createOpened(objects)
  const uploadRest = createUpload(objects, manifests, segmentBytes)

  return {
    ...createReading(async (runId) => {
      const manifest = await manifests.find(runId)
      return manifest && openedOf(runId, manifest)
    }),
    async state(runId) {
      const manifest = await manifests.find(runId)
      return manifest && (manifest.sha256 ? 'whole' : 'part')
    },
    async grow(runId, folder) {
      await withLocal(folder, (source) => uploadRest(runId, source, null))
    },
    async finish(runId, folder, { bytes, sha256 }) {
      await withLocal(folder, async (source) => {
        const manifest = await uploadRest(runId, source, bytes)
        const extent = { bytes: endOfParts(manifest.text), indexBytes: endOfParts(manifest.index) }
        // A log that cannot be read back counts as lost.
        const found = await isSame(source, sourceOf(objects, runId, manifest), extent).catch(() => null)
        if (!found?.isSame || found.sha256 !== sha256) {
          // The next attempt starts from scratch; the local files stay.
          await manifests.remove(runId)
          throw new Error('The archived log differs from the checksum that its run has recorded.')
        }
        await manifests.store(runId, { ...manifest, sha256 })
      })
      await rm(folder, { recursive: true, force: true })
    },
    async remove(runId) {
      for (const key of await objects.list(folderOf(runId))) await objects.remove(key)
      manifests.forget(runId)
    },
  }
}

function sourceOf(objects: Objects, runId: string, manifest: Manifest): LogSource {
  const read = async (part: ArchivePart, from: number, to: number) => {
    const bytes = await objects.get(keyOf(runId, part.name), { from, to })
    if (!bytes) throw new Error('A segment of an archived log is missing.')
    return bytes
  }
  return archiveSource(manifest, read, async () => {})
}

/** For sequential reads: the blocks of the last page stay cached as long as the parts are the same. */
function createOpened(objects: Objects): (runId: string, manifest: Manifest) => LogSource {
  const opened = new Map<string, { parts: string; source: LogSource }>()
  return (runId, manifest) => {
    const parts = [...manifest.text, ...manifest.index].map((part) => part.sha256).join()
    const known = opened.get(runId)
    if (known?.parts === parts) return known.source
    if (opened.size === 0) setTimeout(() => opened.clear(), openedMs).unref()
    if (opened.size >= mostOpened) opened.clear()
    const source = sourceOf(objects, runId, manifest)
    opened.set(runId, { parts, source })
    return source
  }
}

/** Uploads the segments that the manifest does not name yet, each followed by its manifest. Returns the last one. */
function createUpload(objects: Objects, manifests: Manifests, segmentBytes: number) {
  async function upload(runId: string, source: LogSource, manifest: Manifest, range: ByteRange): Promise<Manifest> {
    const number = String(manifest.text.length).padStart(6, '0')
    const uploadPart = async (of: ByteSource, kind: 'text' | 'index', blockBytes: number) => {
      const blocks: Buffer[] = []
      const segment = { name: `${kind}-${number}.gz`, blockBytes, ...range[kind] }
      const part = await packPart(of, segment, async (block) => void blocks.push(block))
      await objects.put(keyOf(runId, part.name), Buffer.concat(blocks))
      return part
    }
    const text = [...manifest.text, await uploadPart(source.text, 'text', textBlockBytes)]
    const index = [...manifest.index, await uploadPart(source.index, 'index', indexBlockBytes)]
    const grown = { ...manifest, text, index }
    await manifests.store(runId, grown)
    return grown
  }

  return async (runId: string, source: LogSource, endOffset: number | null): Promise<Manifest> => {
    const found = (await manifests.find(runId)) ?? emptyManifest
    // The log was sealed shorter than the uploaded segments: it is uploaded again from the start.
    let manifest = endOffset !== null && endOfParts(found.text) > endOffset ? emptyManifest : found
    for (;;) {
      const range = await nextByteRange(source, manifest, { segmentBytes, endOffset })
      if (!range) return manifest
      manifest = await upload(runId, source, manifest, range)
    }
  }
}

/** Does nothing where the files have been removed already. */
async function withLocal(folder: string, work: (source: LogSource) => Promise<unknown>): Promise<void> {
  const source = await openLocal(folder)
  if (!source) return
  await work(source).finally(() => closeSource(source))
}
