import { execFileSync } from 'node:child_process'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` while this process holds the lock file; a lock whose process died is taken over.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {(ownerPid: number) => void} [onWait] called once, when another process holds it
 * @returns {Promise<T>}
 */
export async function withProcessLock(path, work, onWait = () => {}) {
  for (let waited = false; !tryLock(path); waited = true) {
    if (!waited) onWait(ownerOf(read(path)).pid)
    await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/**
 * What the system knows of a living process; null when it is gone, a zombie or just exiting, which `kill(pid, 0)` takes
 * for alive.
 * @param {number} pid
 * @returns {{ command: string, started: string } | null}
 */
export function processFacts(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return null
  return process.platform === 'linux' ? factsFromProc(pid) : factsFromPs(pid)
}

/** @param {number} pid */
function factsFromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    // One that exits has given up its memory, and its arguments with it, before it is a zombie.
    return command === '' ? null : { command, started: fields[19] ?? '' }
  } catch {
    return null
  }
}

/** @param {number} pid */
function factsFromPs(pid) {
  try {
    const ask = (/** @type {string} */ what) =>
      execFileSync('ps', ['-ww', '-o', `${what}=`, '-p', String(pid)], { encoding: 'utf8' }).trim()
    const [state, command] = [ask('stat'), ask('command')]
    if (/^Z|E/.test(state) || command === '') return null
    return { command, started: ask('lstart') }
  } catch {
    return null
  }
}

/** @param {string} path */
function tryLock(path) {
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, `${process.pid} ${processFacts(process.pid)?.started}`)
  try {
    if (take(mine, path)) return true
    const found = read(path)
    const { pid, started } = ownerOf(found)
    if (processFacts(pid)?.started === started) return false
    discard(path, found)
    return take(mine, path)
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Renamed before it is removed, so that a lock taken by another in the meantime is put back. */
function discard(/** @type {string} */ path, /** @type {string} */ judged) {
  const aside = `${path}.stale-${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  if (read(aside) !== judged) take(aside, path)
  rmSync(aside, { force: true })
}

function take(/** @type {string} */ from, /** @type {string} */ to) {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function read(/** @type {string} */ path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function ownerOf(/** @type {string} */ content) {
  const [pid, ...started] = content.split(' ')
  return { pid: Number(pid), started: started.join(' ') }
}
