import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withProcessLock } from './process-lock.mjs'
import { cacheFolder, noSecrets, npm, root, runStep, say } from './step.mjs'

const [nodeMajor = 0, nodeMinor = 0] = process.versions.node.split('.').map(Number)
const stamp = join(root, 'node_modules', '.installed-from')

/** Installs the packages of the lock file, where that was not done since it changed. Fails with one sentence. */
export async function ensureInstalled() {
  if (nodeMajor < 20 || (nodeMajor === 20 && nodeMinor < 19)) {
    throw new Error(`Reveille needs Node 20.19 or newer, and this is ${process.versions.node}.`)
  }
  if (isInstalled()) return
  mkdirSync(cacheFolder, { recursive: true })
  await withProcessLock(join(cacheFolder, 'install.lock'), install, (pid) =>
    say(`Waiting for process ${pid}, which is installing …`),
  )
}

async function install() {
  if (isInstalled()) return
  const command = npm('ci', '--include=dev', '--no-audit', '--no-fund')
  // With NODE_ENV=production npm leaves out what building and testing need.
  const env = { ...noSecrets, NODE_ENV: undefined, npm_config_production: undefined, npm_config_omit: undefined }
  const logFile = join(cacheFolder, 'install.log')
  const isDone = await runStep({ title: 'Installing the packages of the lock file', ...command, env, logFile })
  if (!isDone) throw new Error(`The packages could not be installed; ${logFile} says why.`)
  writeFileSync(stamp, lockHash())
}

function isInstalled() {
  if (read(stamp) === lockHash()) return true
  if (read(stamp) !== undefined || !isInstalledByHand()) return false
  writeFileSync(stamp, lockHash())
  return true
}

/** `npm ci` or `npm install` leave a list of what they installed. */
function isInstalledByHand() {
  const installed = read(join(root, 'node_modules', '.package-lock.json'))
  if (!installed) return false
  const present = packagesOf(installed)
  const wanted = Object.entries(packagesOf(read(join(root, 'package-lock.json')) ?? '{}'))
  return wanted.every(([path, { version, optional }]) => {
    if (path === '') return true
    return present[path] ? present[path].version === version : optional
  })
}

/**
 * @param {string} lock
 * @returns {Record<string, { version?: string, optional?: boolean }>} by their paths
 */
function packagesOf(lock) {
  return JSON.parse(lock).packages ?? {}
}

/** Of the lock file, and of the patches to packages. */
function lockHash() {
  const lock = read(join(root, 'package-lock.json')) ?? ''
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${lock}`)
  const patches = join(root, 'patches')
  for (const name of readdirSync(patches).sort()) hash.update(readFileSync(join(patches, name)))
  return hash.digest('hex')
}

function read(/** @type {string} */ path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
