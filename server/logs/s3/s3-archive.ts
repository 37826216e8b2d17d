import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ArchivePart,
  archiveSource,
  emptyManifest,
  endOfParts,
  type Manifest,
  parseManifest,
} from '@/server/logs/archive'
import type { Archive } from '@/server/logs/archiver'
import { openLocal } from '@/server/logs/local'
import type { ArchivedLogs } from '@/server/logs/locate'
import { indexBlockBytes, isSame, packPart, textBlockBytes } from '@/server/logs/pack'
import { createReading } from '@/server/logs/reading'
import { type ByteSource, closeSource, type LogSource } from '@/server/logs/source'
import { type ByteRange, nextByteRange } from './byte-range'
import type { Objects } from './objects'

const mostKnown = 200
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
  /** Manifests that no longer change, the newest last. */
  const finished = new Map<string, Manifest>()
  const opened = new Map<string, { parts: string; source: LogSource }>()

  async function manifestOf(runId: string): Promise<Manifest | null> {
    const known = finished.get(runId)
    if (known) return known
    const manifest = await readManifest(objects, runId)
    if (manifest?.sha256) remember(runId, manifest)
    return manifest
  }

  function remember(runId: string, manifest: Manifest) {
    finished.set(runId, manifest)
    for (const oldest of finished.keys()) if (finished.size > mostKnown) finished.delete(oldest)
  }

  function sourceOf(runId: string, manifest: Manifest): LogSource {
    const read = async (part: ArchivePart, from: number, to: number) => {
      const bytes = await objects.get(keyOf(runId, part.name), { from, to })
      if (!bytes) throw new Error('A segment of an archived log is missing.')
      return bytes
    }
    return archiveSource(manifest, read, async () => {})
  }

  /** For sequential reads: the blocks of the last page stay cached as long as the parts are the same. */
  function openedOf(runId: string, manifest: Manifest): LogSource {
    const parts = [...manifest.text, ...manifest.index].map((part) => part.sha256).join()
    const known = opened.get(runId)
    if (known?.parts === parts) return known.source
    if (opened.size === 0) setTimeout(() => opened.clear(), openedMs).unref()
    if (opened.size >= mostOpened) opened.clear()
    const source = sourceOf(runId, manifest)
    opened.set(runId, { parts, source })
    return source
  }

  async function add(runId: string, source: LogSource, manifest: Manifest, range: ByteRange): Promise<Manifest> {
    const number = String(manifest.text.length).padStart(6, '0')
    const upload = async (of: ByteSource, kind: 'text' | 'index', blockBytes: number) => {
      const blocks: Buffer[] = []
      const segment = { name: `${kind}-${number}.gz`, blockBytes, ...range[kind] }
      const part = await packPart(of, segment, async (block) => void blocks.push(block))
      await objects.put(keyOf(runId, part.name), Buffer.concat(blocks))
      return part
    }
    const text = [...manifest.text, await upload(source.text, 'text', textBlockBytes)]
    const index = [...manifest.index, await upload(source.index, 'index', indexBlockBytes)]
    const grown = { ...manifest, text, index }
    await store(runId, grown)
    return grown
  }

  const store = (runId: string, manifest: Manifest) =>
    objects.put(manifestKey(runId), Buffer.from(JSON.stringify(manifest)))

  async function addAll(runId: string, source: LogSource, endOffset: number | null): Promise<Manifest> {
    const found = (await manifestOf(runId)) ?? emptyManifest
    // The log was sealed shorter than the uploaded segments: it is uploaded again from the start.
    let manifest = endOffset !== null && endOfParts(found.text) > endOffset ? emptyManifest : found
    for (;;) {
      const range = await nextByteRange(source, manifest, { segmentBytes, endOffset })
      if (!range) return manifest
      manifest = await add(runId, source, manifest, range)
    }
  }

  return {
    ...createReading(async (runId) => {
      const manifest = await manifestOf(runId)
      return manifest && openedOf(runId, manifest)
    }),
    async state(runId) {
      const manifest = await manifestOf(runId)
      return manifest && (manifest.sha256 ? 'whole' : 'part')
    },
    async grow(runId, folder) {
      await withLocal(folder, (source) => addAll(runId, source, null))
    },
    async finish(runId, folder, { bytes, sha256 }) {
      await withLocal(folder, async (source) => {
        const manifest = await addAll(runId, source, bytes)
        const extent = { bytes: endOfParts(manifest.text), indexBytes: endOfParts(manifest.index) }
        // A log that cannot be read back counts as lost.
        const found = await isSame(source, sourceOf(runId, manifest), extent).catch(() => null)
        if (!found?.isSame || found.sha256 !== sha256) {
          // The next attempt starts from scratch; the local files stay.
          await objects.remove(manifestKey(runId))
          throw new Error('The archived log differs from the checksum that its run has recorded.')
        }
        const done = { ...manifest, sha256 }
        await store(runId, done)
        remember(runId, done)
      })
      await rm(folder, { recursive: true, force: true })
    },
    async remove(runId) {
      for (const key of await objects.list(folderOf(runId))) await objects.remove(key)
      finished.delete(runId)
    },
  }
}

/** Does nothing where the files have been removed already. */
async function withLocal(folder: string, work: (source: LogSource) => Promise<unknown>): Promise<void> {
  const source = await openLocal(folder)
  if (!source) return
  await work(source).finally(() => closeSource(source))
}

function folderOf(runId: string): string {
  return `runs/${runId.slice(-2)}/${runId}/`
}

function keyOf(runId: string, name: string): string {
  return folderOf(runId) + name
}

function manifestKey(runId: string): string {
  return keyOf(runId, 'manifest.json')
}

const mostReads = 40
const readAgainMs = 50

/** Some stores overwrite objects in place: a read during a replacement returns half a manifest. */
async function readManifest(objects: Objects, runId: string): Promise<Manifest | null> {
  for (let reads = 1; ; reads++) {
    const json = await objects.get(manifestKey(runId))
    try {
      return json && parseManifest(json.toString())
    } catch (error) {
      if (reads === mostReads) throw error
      await sleep(readAgainMs)
    }
  }
}
