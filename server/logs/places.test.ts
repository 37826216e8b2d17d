import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createLogPlaces, storeIdOf } from './places'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'reveille-places-'))
  dirs.push(dir)
  return dir
}

test('a data directory keeps its id, wherever it is moved and whatever the machine is called then', () => {
  const before = directory()
  const storeId = storeIdOf(before)
  const after = `${before}-moved`
  renameSync(before, after)
  dirs.push(after)
  const places = createLogPlaces({ dataDir: after, maxBytes: 1000 })
  expect(places.at({ dataDir: before, storeId })).toBe(places.own)
})

test('the logs of another server are read where its directory can be reached', () => {
  const other = directory()
  const places = createLogPlaces({ dataDir: directory(), maxBytes: 1000 })
  expect(places.at({ dataDir: other, storeId: storeIdOf(other) })).not.toBeNull()
})

test('the same path on another machine is not the same place', () => {
  const path = directory()
  storeIdOf(path)
  const places = createLogPlaces({ dataDir: directory(), maxBytes: 1000 })
  expect(places.at({ dataDir: path, storeId: 'of another machine' })).toBeNull()
})
