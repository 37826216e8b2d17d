import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartupError } from '@/server/domain/startup-error'

/** Creates the data directory, readable only by its owner; an existing one keeps its permissions. Fails with a StartupError. */
export function makeDataDirectory(dataDir: string): void {
  try {
    // `recursive` would give the parents this mode too.
    mkdirSync(dirname(dataDir), { recursive: true })
    if (!existsSync(dataDir)) mkdirSync(dataDir, { mode: 0o700 })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    if (existsSync(dataDir) && error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(
      `The data directory ${dataDir} cannot be used (${reason}): set REVEILLE_DATA_DIR to another.`,
    )
  }
}
