import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findSecretKey, loadSecretKey, makeSecretKey } from './secret-key'

let parent = ''
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'reveille-key-'))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

test('is created once, readable only by its owner, in a directory of its own', () => {
  const dataDir = join(parent, 'above', 'data')
  expect(findSecretKey(dataDir, {})).toBeUndefined()
  const key = makeSecretKey(dataDir)
  expect(key.length).toBe(32)
  expect(makeSecretKey(dataDir).equals(key)).toBe(true)
  expect(loadSecretKey(dataDir, {}).equals(key)).toBe(true)
  expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600)
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
  expect(statSync(join(parent, 'above')).mode & 0o055).toBe(0o055)
})

test('a key from the environment creates no file', () => {
  const secretKey = randomBytes(32)
  expect(loadSecretKey(join(parent, 'data'), { secretKey })).toBe(secretKey)
  expect(() => statSync(join(parent, 'data'))).toThrow('ENOENT')
})

test('a missing key is not created by a process that only reads it', () => {
  expect(() => loadSecretKey(parent, {})).toThrow(/secret\.key no longer exists: restore it\.$/)
  expect(() => statSync(join(parent, 'secret.key'))).toThrow('ENOENT')
})

test('a damaged file is rejected and left unchanged', () => {
  writeFileSync(join(parent, 'secret.key'), 'half a k')
  expect(() => loadSecretKey(parent, {})).toThrow(/secret\.key does not contain 32 bytes/)
  expect(readFileSync(join(parent, 'secret.key'), 'utf8')).toBe('half a k')
})
