// npm run fix-lock, after every `npm install`: puts optional packages back that npm leaves out of package-lock.json where
// the registry does not serve them, without which `npm ci` refuses the file; and takes the registry's address out.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, say } from './step.mjs'

type Entry = {
  version?: string
  resolved?: string
  dev?: boolean
  optional?: boolean
  cpu?: string[]
  os?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

const lockFile = join(root, 'package-lock.json')
const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(lockFile, 'utf8'))
const missing = Object.values(lock.packages).flatMap(missingOptionalsOf)
const hosted = Object.values(lock.packages).filter(({ resolved }) => resolved?.startsWith('http'))

for (const [name, entry] of missing) {
  lock.packages[`node_modules/${name}`] = entry
  say(`added ${name} ${entry.version}`)
}
for (const entry of hosted) delete entry.resolved
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`)
say(`${missing.length} packages added, ${hosted.length} addresses removed`)

function missingOptionalsOf(dependent: Entry): [string, Entry][] {
  return Object.entries(dependent.optionalDependencies ?? {})
    .filter(([name]) => !lock.packages[`node_modules/${name}`])
    .map(([name, wanted]) => [name, entryFor(name, wanted, dependent)])
}

function entryFor(name: string, wanted: string, { dev }: Entry): Entry {
  const platform = platformOf(name)
  const version = wanted.replace(/^[\^~]/, '')
  if (!platform || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${name}@${wanted} is not in the lock file, and its name does not contain its platform.`)
  }
  return { version, ...platform, ...(dev && { dev }), optional: true }
}

function platformOf(name: string): Pick<Entry, 'cpu' | 'libc' | 'os'> | undefined {
  if (name.endsWith('-wasm32-wasi')) return { cpu: ['wasm32'] }
  const match =
    /[-/](aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-(\w+))?$/.exec(name)
  if (!match) return undefined
  const [, os = '', cpu = '', abi = ''] = match
  const libc = abi.startsWith('musl') ? 'musl' : 'glibc'
  return { cpu: [cpu], ...(os === 'linux' && abi && { libc: [libc] }), os: [os] }
}
