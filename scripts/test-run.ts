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

type Process = { pid: number; parent: number; isMarked: boolean }

const giveUpAfterMs = 30_000
const isLinux = existsSync('/proc/self/environ')

/**
 * Gives this process and all that it starts a TMPDIR of their own. Servers, agents and databases carry its path in their
 * environment, their arguments or as their working directory, so that none outlives this process when it is interrupted.
 * The function returned ends those that are left, removes the folder, and answers how many processes it ended.
 */
export function startTestRun(): () => number {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'reveille-tests-')))
  // The embedded PostgreSQL runs as another user where this process is root, and has to reach its files in it.
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

/** A killed process starts no further one: when two scans in a row find none, none is left. */
function killAllOf(folder: string): number {
  const ended = new Set<number>()
  const giveUpAt = Date.now() + giveUpAfterMs
  for (let quiet = 0; quiet < 2 && Date.now() < giveUpAt; sleep(20)) {
    const found = processesOf(folder)
    for (const pid of found) kill(pid)
    for (const pid of found) ended.add(pid)
    quiet = found.length === 0 ? quiet + 1 : 0
  }
  return ended.size
}

/** Those that carry the path of the folder, and their descendants, which may have dropped it. */
function processesOf(folder: string): number[] {
  const all = isLinux ? fromProc(folder) : fromPs(folder)
  const found = new Set(all.filter(({ pid, isMarked }) => isMarked && pid !== process.pid).map(({ pid }) => pid))
  for (let size = 0; size < found.size; ) {
    size = found.size
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

function fromProc(folder: string): Process[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.map((pid) => {
    const marks = [() => read(pid, 'environ'), () => read(pid, 'cmdline'), () => readlinkSync(`/proc/${pid}/cwd`)]
    const isMarked = marks.some((readMark) => orEmpty(readMark).includes(folder))
    const stat = orEmpty(() => read(pid, 'stat'))
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return 'ZX'.includes(state) ? { pid: 0, parent: 0, isMarked: false } : { pid, parent: Number(parent), isMarked }
  })
}

function read(pid: number, name: string): string {
  return readFileSync(`/proc/${pid}/${name}`, 'latin1')
}

/** Empty where the process is gone, or belongs to another user. */
function orEmpty(readText: () => string): string {
  try {
    return readText()
  } catch {
    return ''
  }
}

function fromPs(folder: string): Process[] {
  // `E` shows the environment on macOS; the one of `ps` itself must not contain the path.
  const env = { PATH: process.env.PATH, NODE_ENV: process.env.NODE_ENV }
  const options = { encoding: 'utf8' as const, maxBuffer: 2 ** 28, env }
  const lines = execFileSync('ps', ['-axEww', '-o', 'pid=,ppid=,command='], options).trim().split('\n')
  return lines.map((line) => {
    const [pid, parent] = line.trim().split(/\s+/, 2).map(Number)
    return { pid: pid ?? 0, parent: parent ?? 0, isMarked: line.includes(folder) }
  })
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
