// `npm install` leaves an optional package out of package-lock.json where the registry does not serve it, and `npm ci`
// then refuses the lock file. Run after every `npm install`: it puts such packages back, for the platforms they serve.
import { readFileSync, writeFileSync } from 'node:fs'

const lockFile = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(lockFile, 'utf8'))
const missing = Object.values(lock.packages).flatMap(missingOf)

for (const [name, entry] of missing) {
  lock.packages[`node_modules/${name}`] = entry
  console.log(`added ${name} ${entry.version}`)
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`)
console.log(missing.length ? `${missing.length} packages added` : 'nothing was missing')

function missingOf(dependent) {
  return Object.entries(dependent.optionalDependencies ?? {})
    .filter(([name]) => !lock.packages[`node_modules/${name}`])
    .map(([name, wanted]) => [name, entryFor(name, wanted, dependent)])
}

function entryFor(name, wanted, { dev }) {
  const platform = platformOf(name)
  const version = wanted.replace(/^[\^~]/, '')
  if (!platform || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(`${name}@${wanted} is not in the lock file, and its name does not tell its platform`)
  }
  return { version, ...platform, ...(dev && { dev }), optional: true }
}

function platformOf(name) {
  if (name.endsWith('-wasm32-wasi')) return { cpu: ['wasm32'] }
  const match =
    /[-/](aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-(\w+))?$/.exec(name)
  if (!match) return undefined
  const [, os, cpu, abi = ''] = match
  const libc = os === 'linux' && (abi.startsWith('musl') ? 'musl' : 'glibc')
  return { cpu: [cpu], ...(libc && abi && { libc: [libc] }), os: [os] }
}
