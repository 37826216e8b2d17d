import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDataDirectory } from './data-directory'
import { PlainError } from './domain/plain-error'
import { decodeSecretKey } from './env'

/**
 * The 32 bytes that seal secrets and sign sessions: REVEILLE_SECRET_KEY where given, else those in `secret.key` of the
 * data directory, made on the first start. Fails with a PlainError when that file holds something else.
 */
export function loadSecretKey(dataDir: string, env: { secretKey?: Buffer | undefined }): Buffer {
  if (env.secretKey) return env.secretKey
  makeDataDirectory(dataDir)
  const path = join(dataDir, 'secret.key')
  const key = decodeSecretKey(readIfThere(path) ?? generate(path))
  if (!key) {
    throw new PlainError(
      `${path} does not hold 32 bytes in base64: bring the right key back; without it, stored secrets cannot be read.`,
    )
  }
  chmodSync(path, 0o600)
  return key
}

/** Linked into place whole: another server on this directory may be starting, and then its key is the one. */
function generate(path: string): string {
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  try {
    linkSync(unfinished, path)
  } catch (error) {
    if (readIfThere(path) === undefined) throw error
  } finally {
    rmSync(unfinished, { force: true })
  }
  return readFileSync(path, 'utf8')
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
