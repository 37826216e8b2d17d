import { setTimeout as sleep } from 'node:timers/promises'
import { type Manifest, parseManifest } from '@/server/logs/archive'
import type { Objects } from './objects'

const mostKnown = 200

export type Manifests = {
  find(runId: string): Promise<Manifest | null>
  store(runId: string, manifest: Manifest): Promise<void>
  remove(runId: string): Promise<void>
  /** Removes it from the memory, not from the bucket. */
  forget(runId: string): void
}

/** The manifests in the bucket. Those with a hash no longer change, and the newest of them are kept in memory. */
export function createManifests(objects: Objects): Manifests {
  const finished = new Map<string, Manifest>()

  function remember(runId: string, manifest: Manifest) {
    if (!manifest.sha256) return
    finished.set(runId, manifest)
    for (const oldest of finished.keys()) if (finished.size > mostKnown) finished.delete(oldest)
  }

  return {
    async find(runId) {
      const known = finished.get(runId)
      if (known) return known
      const manifest = await readManifest(objects, runId)
      if (manifest) remember(runId, manifest)
      return manifest
    },
    async store(runId, manifest) {
      await objects.put(manifestKey(runId), Buffer.from(JSON.stringify(manifest)))
      remember(runId, manifest)
    },
    remove: (runId) => objects.remove(manifestKey(runId)),
    forget: (runId) => void finished.delete(runId),
  }
}

export function folderOf(runId: string): string {
  return `runs/${runId.slice(-2)}/${runId}/`
}

export function keyOf(runId: string, name: string): string {
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
