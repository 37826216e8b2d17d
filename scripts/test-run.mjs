import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const giveUpAfterMs = 30_000
const isLinux = existsSync('/proc/self/environ')

/**
 * Gives this process and all that it starts a TMPDIR of their own. Servers, agents and databases carry its path in their
 * environment, their arguments or as their working directory, so that none outlives this process when it is interrupted.
 * @returns {() => number} ends what is left, removes the folder, and answers how many processes were ended
 */
export function startTestRun() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'reveille-tests-')))
  // The embedded PostgreSQL, which is another user where we are root, has to reach what is in it.
  chmodSync(folder, 0o755)
  process.env.TMPDIR = folder
  const end = () => {
    const ended = killAllOf(folder)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    return ended
  }
  process.once('exit', end)
  for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
    process.on(signal, () => process.exit(code))
  }
  return end
}

/** Whoever is killed can start nothing more: it is over when two looks in a row find no one. */
function killAllOf(/** @type {string} */ folder) {
  const ended = new Set()
  const giveUpAt = Date.now() + giveUpAfterMs
  for (let quiet = 0; quiet < 2 && Date.now() < giveUpAt; sleep(20)) {
    const found = processesOf(folder)
    for (const pid of found) kill(pid)
    for (const pid of found) ended.add(pid)
    quiet = found.length === 0 ? quiet + 1 : 0
  }
  return ended.size
}

/**
 * Those that carry the path of the folder, and their descendants, who may have dropped it.
 * @returns {number[]}
 */
function processesOf(/** @type {string} */ folder) {
  const all = isLinux ? fromProc(folder) : fromPs(folder)
  const found = new Set(all.filter(({ pid, isMarked }) => isMarked && pid !== process.pid).map(({ pid }) => pid))
  for (let size = 0; size < found.size; ) {
    size = found.size
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

function fromProc(/** @type {string} */ folder) {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.map((pid) => {
    const looks = [() => read(pid, 'environ'), () => read(pid, 'cmdline'), () => readlinkSync(`/proc/${pid}/cwd`)]
    const isMarked = looks.some((look) => orEmpty(look).includes(folder))
    const stat = orEmpty(() => read(pid, 'stat'))
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return 'ZX'.includes(state) ? { pid: 0, parent: 0, isMarked: false } : { pid, parent: Number(parent), isMarked }
  })
}

function read(/** @type {number} */ pid, /** @type {string} */ name) {
  return readFileSync(`/proc/${pid}/${name}`, 'latin1')
}

/** Where it may not be read, or the process is gone. */
function orEmpty(/** @type {() => string} */ look) {
  try {
    return look()
  } catch {
    return ''
  }
}

function fromPs(/** @type {string} */ folder) {
  // `E` shows the environment on macOS; this one is to be without the path.
  const options = { encoding: /** @type {const} */ ('utf8'), maxBuffer: 2 ** 28, env: { PATH: process.env.PATH } }
  const lines = execFileSync('ps', ['-axEww', '-o', 'pid=,ppid=,command='], options).trim().split('\n')
  return lines.map((line) => {
    const [pid, parent] = line.trim().split(/\s+/, 2).map(Number)
    return { pid: pid ?? 0, parent: parent ?? 0, isMarked: line.includes(folder) }
  })
}

function kill(/** @type {number} */ pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

function sleep(/** @type {number} */ ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
