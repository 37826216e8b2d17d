import { execFile } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { visibleEnvironment } from './conceal'

/** Whether the kernel lists processes in /proc; elsewhere `ps` does. */
export const hasProc = existsSync('/proc/self/stat')

export type ProcessStat = { dead: boolean; kernelThread: boolean; parent: number; group: number; startedTicks: string }

/** The state of a process, or null when there is none (or no /proc). A zombie is dead: its parent has not collected it yet. */
export function statOf(pid: number): ProcessStat | null {
  const text = hasProc ? readProc(`/proc/${pid}/stat`) : null
  if (typeof text !== 'string') return null
  // The command name is in parentheses and may itself contain spaces and parentheses: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    dead: fields[0] === 'Z' || fields[0] === 'X',
    kernelThread: (Number(fields[6]) & 0x00200000) !== 0,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startedTicks: fields[19] ?? '',
  }
}

/** Clock ticks from boot to the start of the process: with the pid they identify it uniquely. Null where there is no /proc. */
export function startedTicksOf(pid: number): string | null {
  return statOf(pid)?.startedTicks ?? null
}

export function isAlive(pid: number): boolean {
  if (hasProc) return statOf(pid)?.dead === false
  return signalTo(pid, 0) !== 'gone'
}

/** All pids. Listing 100 processes takes about 50 µs. */
export function listPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

/**
 * The pid that was assigned last, to a process or a thread, in this process's pid namespace; null where the kernel does not
 * report it.
 */
export function newestPid(): number | null {
  return pidOf(readProc('/proc/sys/kernel/ns_last_pid'))
}

/** The same, for uses where it may be wrong: some containers invent the second source. */
export function approximateNewestPid(): number | null {
  return newestPid() ?? pidOf(readProc('/proc/loadavg')?.trim().split(' ').at(-1))
}

function pidOf(text: string | null | undefined): number | null {
  const pid = Number(text)
  return Number.isInteger(pid) && pid > 0 ? pid : null
}

/** Sends a signal to a process, or to a group with a negative pid; signal 0 only checks. */
export function signalTo(pid: number, signal: NodeJS.Signals | 0): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(pid, signal)
    return 'sent'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'refused'
  }
}

let scratch = Buffer.allocUnsafe(65_536)

/** A file of /proc as text; 'denied' when it may not be read, null when its process has ended. */
export function readProc(path: string): string | 'denied' | null {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    let length = 0
    for (;;) {
      const read = readSync(fd, scratch, length, scratch.length - length, length)
      length += read
      if (read === 0) return scratch.toString('latin1', 0, length)
      if (length === scratch.length) scratch = Buffer.concat([scratch, Buffer.allocUnsafe(length)])
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EACCES' || code === 'EPERM') return 'denied'
    if (code === 'ENOENT' || code === 'ESRCH') return null
    throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** The output of `ps`, empty when it cannot be run. */
export function ps(args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile('ps', args, { env: visibleEnvironment(process.env), maxBuffer: 256 * 1024 * 1024 }, (error, stdout) =>
      resolve(error ? '' : stdout),
    )
  })
}
