import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, openClient } from '@/db/connection'
import { StartupError } from '@/server/domain/startup-error'
import { realDirectory } from './location'

export type DataDirectoryLock = { release(): Promise<void> }
export type LockOptions = {
  /** Another server took the directory while the database was unreachable: this one must stop. */
  onLost?: (error: StartupError) => void
}

const patienceMs = 2000
const retryMs = 100

/**
 * Makes this server the only one on its data directory, with a session lock in the database, which is taken again when the
 * session ends by a restart of the database. Fails with a StartupError when another server holds it.
 */
export async function lockDataDirectory(
  connection: Connection,
  dataDir: string,
  { onLost = () => {} }: LockOptions = {},
): Promise<DataDirectoryLock> {
  const [first, second] = lockKey(dataDir)
  let held = false
  let released = false
  // By default connections are recycled after half an hour, which would release the lock.
  const sql = openClient(
    connection,
    { max: 1, applicationName: 'reveille data directory', statementTimeoutMs: 0 },
    { max_lifetime: null, idle_timeout: 0, onclose: () => held && !released && void takeAgain() },
  )

  async function take(): Promise<boolean> {
    const [row] = await sql<{ taken: boolean }[]>`select pg_try_advisory_lock(${first}::int, ${second}::int) as taken`
    return row?.taken ?? false
  }
  async function takeAgain() {
    held = false
    while (!released) {
      const taken = await take().catch(() => undefined)
      if (taken === true) held = true
      if (taken === false) onLost(alreadyServed(dataDir))
      if (taken !== undefined) return
      await sleep(retryMs)
    }
  }

  try {
    const patientUntil = Date.now() + patienceMs
    held = await take()
    while (!held) {
      // The session of a server that was just killed may still exist.
      if (Date.now() > patientUntil) throw alreadyServed(dataDir)
      await sleep(retryMs)
      held = await take()
    }
  } catch (error) {
    await sql.end({ timeout: 1 })
    throw error
  }
  return {
    release: async () => {
      released = true
      await sql.end({ timeout: 1 })
    },
  }
}

function alreadyServed(dataDir: string): StartupError {
  return new StartupError(
    `Another Reveille server is running on ${realDirectory(dataDir)}: stop it, or give this one a REVEILLE_DATA_DIR of its own.`,
  )
}

function lockKey(dataDir: string): [number, number] {
  const digest = createHash('sha256')
    .update(`${hostname()}\0${realDirectory(dataDir)}`)
    .digest()
  return [digest.readInt32BE(0), digest.readInt32BE(4)]
}
