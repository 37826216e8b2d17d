import { execFileSync, spawnSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { StartupError } from '@/server/domain/startup-error'

/** The user that PostgreSQL runs as; undefined for the current one, unless that is root, which PostgreSQL refuses. */
export type RunAs = { name: string; uid: number; gid: number }

/** As root: the owner of an existing cluster, else `postgres`, else `nobody`. */
export function chooseUser(cluster: string): RunAs | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = ownerOf(cluster)
  if (owner) return owner
  for (const name of ['postgres', '_postgres', 'nobody']) {
    const ids = lookUp(name)
    if (ids && canSwitch(ids)) return { name, ...ids }
  }
  throw new StartupError(
    'PostgreSQL cannot run as root, and there is no user postgres or nobody to run it as: start Reveille as another user, or set DATABASE_URL.',
  )
}

export function canRun(program: string, runAs: RunAs | undefined): boolean {
  return spawnSync(program, ['--version'], { ...spawnIdentity(runAs), stdio: 'ignore' }).status === 0
}

/** Whether the user can traverse a folder. */
export function canPass(directory: string, runAs: RunAs | undefined): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', directory], { ...spawnIdentity(runAs), stdio: 'ignore' }).status === 0
}

/** Neither our working directory, which the user may be unable to read, nor our environment, which contains secrets. */
export function spawnIdentity(runAs: RunAs | undefined) {
  const env: NodeJS.ProcessEnv = { NODE_ENV: 'production', PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
  return { cwd: '/', env, ...(runAs && { uid: runAs.uid, gid: runAs.gid }) }
}

function ownerOf(cluster: string): RunAs | undefined {
  const { uid, gid } = lstatSync(cluster, { throwIfNoEntry: false }) ?? { uid: 0, gid: 0 }
  return uid === 0 ? undefined : { name: `uid ${uid}`, uid, gid }
}

function lookUp(name: string): { uid: number; gid: number } | undefined {
  try {
    const ask = (flag: string) =>
      Number(execFileSync('id', [flag, name], { ...spawnIdentity(undefined), encoding: 'utf8', stdio: 'pipe' }))
    return { uid: ask('-u'), gid: ask('-g') }
  } catch {
    return undefined
  }
}

/** A container may not map other users. */
function canSwitch(ids: { uid: number; gid: number }): boolean {
  return canPass('/', { name: '', ...ids })
}
