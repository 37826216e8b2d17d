import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createLogStores, storeIdOf } from './log-stores'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'reveille-stores-'))
  dirs.push(dir)
  return dir
}

test('a data directory keeps its id when it is moved or its host is renamed', () => {
  const before = directory()
  const storeId = storeIdOf(before)
  const after = `${before}-moved`
  renameSync(before, after)
  dirs.push(after)
  const stores = createLogStores({ dataDir: after, maxBytes: 1000 })
  expect(stores.at({ dataDir: before, storeId })).toBe(stores.own)
})

test('the logs of another server are read from its directory where that can be reached', () => {
  const other = directory()
  const stores = createLogStores({ dataDir: directory(), maxBytes: 1000 })
  expect(stores.at({ dataDir: other, storeId: storeIdOf(other) })).not.toBeNull()
})

test('the same path on another machine is a different directory', () => {
  const path = directory()
  storeIdOf(path)
  const stores = createLogStores({ dataDir: directory(), maxBytes: 1000 })
  expect(stores.at({ dataDir: path, storeId: 'of another machine' })).toBeNull()
})
