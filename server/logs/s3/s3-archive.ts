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
import { nextStretch, type Stretch } from './byte-range'
import type { Objects } from './objects'

const mostKnown = 200
const mostOpened = 4
const openedMs = 5000
const segmentBytesDefault = 8 * 1024 * 1024

export type S3Archive = Archive & ArchivedLogs & { remove(runId: string): Promise<void> }

/**
 * Logs in a bucket: `runs/<aa>/<runId>/` holds segments of text and index, compressed in blocks, and a manifest that
 * names them, written after them. A run that goes on has its full segments there; when it has ended the rest follows,
 * all is read back, the manifest gets the hash, and only then the local files go.
 */
export function createS3Archive(objects: Objects, { segmentBytes = segmentBytesDefault } = {}): S3Archive {
  /** Those that do not change any more, the newest last. */
  const whole = new Map<string, Manifest>()
  const opened = new Map<string, { parts: string; source: LogSource }>()

  async function manifestOf(runId: string): Promise<Manifest | null> {
    const known = whole.get(runId)
    if (known) return known
    const manifest = await readManifest(objects, runId)
    if (manifest?.sha256) remember(runId, manifest)
    return manifest
  }

  function remember(runId: string, manifest: Manifest) {
    whole.set(runId, manifest)
    for (const oldest of whole.keys()) if (whole.size > mostKnown) whole.delete(oldest)
  }

  function sourceOf(runId: string, manifest: Manifest): LogSource {
    const read = async (part: ArchivePart, from: number, to: number) => {
      const bytes = await objects.get(keyOf(runId, part.name), { from, to })
      if (!bytes) throw new Error('A segment of an archived log is missing.')
      return bytes
    }
    return archiveSource(manifest, read, async () => {})
  }

  /** For who reads page after page: the blocks that the last page left are there, as long as the parts are the same. */
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

  async function add(runId: string, source: LogSource, manifest: Manifest, stretch: Stretch): Promise<Manifest> {
    const number = String(manifest.text.length).padStart(6, '0')
    const upload = async (of: ByteSource, kind: 'text' | 'index', blockBytes: number) => {
      const blocks: Buffer[] = []
      const whole = { name: `${kind}-${number}.gz`, blockBytes, ...stretch[kind] }
      const part = await packPart(of, whole, async (block) => void blocks.push(block))
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
    // Sealed shorter than it was: what is there is begun anew.
    let manifest = endOffset !== null && endOfParts(found.text) > endOffset ? emptyManifest : found
    for (;;) {
      const stretch = await nextStretch(source, manifest, { segmentBytes, endOffset })
      if (!stretch) return manifest
      manifest = await add(runId, source, manifest, stretch)
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
        // What can not be read back is as good as lost.
        const found = await isSame(source, sourceOf(runId, manifest), extent).catch(() => null)
        if (!found?.isSame || found.sha256 !== sha256) {
          // Begun anew next time; the local files stay.
          await objects.remove(manifestKey(runId))
          throw new Error('The archived log does not read as the run has recorded it.')
        }
        const done = { ...manifest, sha256 }
        await store(runId, done)
        remember(runId, done)
      })
      await rm(folder, { recursive: true, force: true })
    },
    async remove(runId) {
      for (const key of await objects.list(folderOf(runId))) await objects.remove(key)
      whole.delete(runId)
    },
  }
}

/** Nothing to do where the files are gone already. */
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

/** Some stores write in place: while a manifest is replaced they hand out half of it. */
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
