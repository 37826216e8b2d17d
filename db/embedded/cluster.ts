import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeDataDirectory } from '@/db/data-directory'
import { StartupError } from '@/server/domain/startup-error'
import type { Binaries } from './binaries'
import { clusterPath, embeddedUser, locationHash, realDirectory, socketDirectory } from './location'
import { canPass, chooseUser, type RunAs, spawnIdentity } from './run-as'

/** Creates the data directory and, as root, lets the group of the database's user traverse it. */
export function prepareDataDirectory(dataDir: string): RunAs | undefined {
  makeDataDirectory(dataDir)
  const directory = realDirectory(dataDir)
  const runAs = chooseUser(resolveLink(clusterPath(dataDir)))
  if (runAs && !canPass(directory, runAs)) {
    chownSync(directory, -1, runAs.gid)
    chmodSync(directory, statSync(directory).mode | 0o010)
  }
  return runAs
}

/** Creates the cluster on the first start; afterwards checks that these binaries can read it. Returns its real path. */
export function ensureCluster(dataDir: string, binaries: Binaries, runAs: RunAs | undefined, quick: boolean): string {
  const path = clusterPath(dataDir)
  if (!lstatSync(path, { throwIfNoEntry: false })) create(dataDir, path, binaries, runAs, quick)
  if (!existsSync(path)) {
    throw new StartupError(
      `The database of ${dataDir} was kept where ${path} points to, and that is gone: bring it back, or remove the link to begin with an empty one.`,
    )
  }
  const cluster = realpathSync(path)
  const found = existsSync(join(cluster, 'PG_VERSION')) ? readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim() : ''
  if (found !== binaries.majorVersion) {
    throw new StartupError(
      `The database in ${cluster} was made by PostgreSQL ${found || 'of no known version'}, and this Reveille brings ${binaries.majorVersion}: use the Reveille that made it, or another REVEILLE_DATA_DIR.`,
    )
  }
  if (runAs && !canPass(cluster, runAs)) {
    throw new StartupError(
      `PostgreSQL cannot run as root, and user ${runAs.name} cannot reach ${cluster}: make the folders above it passable (chmod o+x), or set another REVEILLE_DATA_DIR.`,
    )
  }
  return cluster
}

/** Creates the folder of the unix socket. Only its owner may reach the database, which requires no password. */
export function makeSocketDirectory(dataDir: string, runAs: RunAs | undefined): string {
  const directory = socketDirectory(dataDir)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const me = process.getuid?.() ?? -1
  const { uid } = lstatSync(directory)
  if (!lstatSync(directory).isDirectory() || (me !== 0 && uid !== me)) {
    throw new StartupError(`${directory}, where the database listens, belongs to another user: remove it.`)
  }
  if (runAs) chownSync(directory, runAs.uid, runAs.gid)
  chmodSync(directory, 0o700)
  return directory
}

function create(dataDir: string, path: string, binaries: Binaries, runAs: RunAs | undefined, quick: boolean) {
  const here = !runAs || canPass(realDirectory(dataDir), runAs)
  const target = here ? path : `/var/lib/reveille/${locationHash(dataDir)}`
  if (!here) mkdirSync('/var/lib/reveille', { recursive: true, mode: 0o755 })
  if (!existsSync(target)) {
    const unfinished = `${target}.new`
    rmSync(unfinished, { recursive: true, force: true })
    mkdirSync(unfinished, { mode: 0o700 })
    if (runAs) chownSync(unfinished, runAs.uid, runAs.gid)
    initialise(unfinished, binaries, runAs, quick)
    renameSync(unfinished, target)
  }
  if (!here) symlinkSync(target, path)
}

function initialise(directory: string, binaries: Binaries, runAs: RunAs | undefined, quick: boolean) {
  const args = ['-D', directory, `--username=${embeddedUser}`, '--auth=trust', '--encoding=UTF8', '--no-instructions']
  args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', ...(quick ? ['--no-sync'] : []))
  const { status, error, stderr } = spawnSync(binaries.initdb, args, { ...spawnIdentity(runAs), encoding: 'utf8' })
  if (status === 0) return
  rmSync(directory, { recursive: true, force: true })
  const reason =
    error?.message ??
    stderr
      .trim()
      .split('\n')
      .find((line) => line.includes('error')) ??
    stderr.trim()
  throw new StartupError(
    `The embedded PostgreSQL could not make its database (${reason}): set DATABASE_URL to use another.`,
  )
}

function resolveLink(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}
