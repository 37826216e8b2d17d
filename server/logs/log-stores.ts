import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalLogStore } from './local'
import type { LogStore } from './log-store'

/** Where a server keeps its logs: the path of its data directory, and the id stored in it, which stays with the folder. */
export type LogDirectory = { dataDir: string; storeId: string }

export type LogStores = {
  /** This server's own. */
  directory: LogDirectory
  own: LogStore
  /** The logs in a directory that this machine can read: our own, or another server's. Null for any other. */
  at(directory: LogDirectory): LogStore | null
}

/**
 * A host name or a path does not identify a directory: containers get new names, folders are moved, two machines
 * use the same path. The id in the folder does.
 */
export function createLogStores(settings: { dataDir: string; maxBytes: number }): LogStores {
  const storeId = storeIdOf(settings.dataDir)
  const stores = new Map<string, LogStore>()
  const storeAt = (dataDir: string) => createLocalLogStore({ ...settings, dataDir })
  const own = storeAt(settings.dataDir)
  return {
    directory: { dataDir: settings.dataDir, storeId },
    own,
    at(directory) {
      if (directory.storeId === storeId) return own
      const known = stores.get(directory.storeId)
      if (known) return known
      if (readId(directory.dataDir) !== directory.storeId) return null
      const store = storeAt(directory.dataDir)
      stores.set(directory.storeId, store)
      return store
    },
  }
}

/** Created on the first start; linked, since two processes may be starting at once and neither may see half an id. */
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
