import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from './package-root'

export type Release = {
  /** As in package.json. */
  version: string
  /** How many migrations this release ships, and the name of the newest. */
  schema: { migrations: number; newest: string }
}

export const migrationsFolder = join(packageRoot(), 'db', 'migrations')

let release: Release | undefined

/** The release of this checkout, read once. */
export function thisRelease(): Release {
  release ??= { version: readVersion(), schema: schemaOf(migrationNames(migrationsFolder)) }
  return release
}

/** In the order of their application. */
export function migrationNames(folder: string): string[] {
  const journal: { entries: { tag: string }[] } = JSON.parse(
    readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'),
  )
  return journal.entries.map((entry) => entry.tag)
}

function schemaOf(names: string[]): Release['schema'] {
  return { migrations: names.length, newest: names.at(-1) ?? 'none' }
}

function readVersion(): string {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version
}
