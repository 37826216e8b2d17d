import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalLogStore } from './local'
import type { LogStore } from './log-store'

/** Where a server keeps its logs: the folder by name, and by the id that lies in it and goes where it goes. */
export type LogPlace = { dataDir: string; storeId: string }

export type LogPlaces = {
  /** This server's own. */
  place: LogPlace
  own: LogStore
  /** The logs at a place, where they can be reached from here: our own, or another server's on this machine. */
  at(place: LogPlace): LogStore | null
}

/**
 * A host name or a path does not tell whose logs lie there: containers get new names, folders are moved, two machines
 * use the same path. The id in the folder does.
 */
export function createLogPlaces(settings: { dataDir: string; maxBytes: number }): LogPlaces {
  const storeId = storeIdOf(settings.dataDir)
  const stores = new Map<string, LogStore>()
  const storeAt = (dataDir: string) => createLocalLogStore({ ...settings, dataDir })
  const own = storeAt(settings.dataDir)
  return {
    place: { dataDir: settings.dataDir, storeId },
    own,
    at(place) {
      if (place.storeId === storeId) return own
      const known = stores.get(place.storeId)
      if (known) return known
      if (readId(place.dataDir) !== place.storeId) return null
      const store = storeAt(place.dataDir)
      stores.set(place.storeId, store)
      return store
    },
  }
}

/** Made on the first start; linked into place whole, for two processes may be starting. */
export function storeIdOf(dataDir: string): string {
  const found = readId(dataDir)
  if (found) return found
  const unfinished = `${fileOf(dataDir)}.${process.pid}`
  writeFileSync(unfinished, `${randomUUID()}\n`)
  try {
    linkSync(unfinished, fileOf(dataDir))
  } catch (error) {
    if (!readId(dataDir)) throw error
  } finally {
    rmSync(unfinished, { force: true })
  }
  return readFileSync(fileOf(dataDir), 'utf8').trim()
}

function readId(dataDir: string): string | null {
  try {
    return readFileSync(fileOf(dataDir), 'utf8').trim() || null
  } catch {
    return null
  }
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'store.id')
}
