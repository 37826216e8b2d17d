import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDataDirectory } from '@/db/data-directory'
import { StartupError } from '@/server/domain/startup-error'
import { decodeSecretKey } from './env'

type GivenKey = { secretKey?: Buffer | undefined }

export function secretKeyPath(dataDir: string): string {
  return join(dataDir, 'secret.key')
}

/**
 * The 32 bytes that seal secrets and sign run tokens: REVEILLE_SECRET_KEY where given, else those in `secret.key` of the
 * data directory; undefined where there is neither. Fails with a StartupError when that file holds something else.
 */
export function findSecretKey(dataDir: string, env: GivenKey): Buffer | undefined {
  if (env.secretKey) return env.secretKey
  const path = secretKeyPath(dataDir)
  const text = readIfThere(path)
  if (text === undefined) return undefined
  const key = decodeSecretKey(text)
  if (!key) {
    throw new StartupError(
      `${path} does not contain 32 bytes in base64: restore the right key, or remove the file to see what a new key would delete.`,
    )
  }
  chmodSync(path, 0o600)
  return key
}

/** The same, for a process that starts after the key was found or created. Fails with a StartupError where there is none. */
export function loadSecretKey(dataDir: string, env: GivenKey): Buffer {
  const key = findSecretKey(dataDir, env)
  if (!key) throw new StartupError(`${secretKeyPath(dataDir)} no longer exists: restore it.`)
  return key
}

/**
 * Creates `secret.key` in the data directory. The finished file is linked: another server on this directory may be
 * starting, and then the first key wins.
 */
export function makeSecretKey(dataDir: string): Buffer {
  makeDataDirectory(dataDir)
  const path = secretKeyPath(dataDir)
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  try {
    linkSync(unfinished, path)
  } catch (error) {
    if (readIfThere(path) === undefined) throw error
  } finally {
    rmSync(unfinished, { force: true })
  }
  return loadSecretKey(dataDir, {})
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
