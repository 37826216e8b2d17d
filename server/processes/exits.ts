import { constants } from 'node:os'
import type { Exit } from './child'
import type { Libc } from './libc'

/**
 * The exits of children that Node does not know, because the C library started them. SIGCHLD reports that one has ended;
 * a poll every second backs it up, and keeps this process alive while a child lives.
 */
export function exitOf(libc: Libc, pid: number): Promise<Exit> {
  return new Promise((resolve) => {
    const isFirst = waiting.size === 0
    waiting.set(pid, { libc, resolve })
    if (!isFirst) return
    process.on('SIGCHLD', collect)
    poll = setInterval(collect, 1000)
    // It may have ended before the listener was added.
    collect()
  })
}

const noHang = 1
const waiting = new Map<number, { libc: Libc; resolve(exit: Exit): void }>()
const status = [0]
let poll: NodeJS.Timeout | undefined

const signals = Object.entries(constants.signals)
/** Other code in this process has already collected the exit: its status is lost. */
const unknown: Exit = { exitCode: null, signal: null }

function collect(): void {
  for (const [pid, { libc, resolve }] of waiting) {
    const ended = libc.waitpid(pid, status, noHang)
    if (ended === 0) continue
    waiting.delete(pid)
    resolve(ended === pid ? exitFrom(status[0] ?? 0) : unknown)
  }
  if (waiting.size > 0) return
  process.off('SIGCHLD', collect)
  clearInterval(poll)
}

/** As the kernel packs it: the signal in the lowest seven bits, else the code in the second byte. */
function exitFrom(word: number): Exit {
  const signal = word & 0x7f
  if (signal === 0) return { exitCode: (word >> 8) & 0xff, signal: null }
  return { exitCode: null, signal: nameOf(signal) }
}

/** Node's first name for a number; real-time signals have none, and get a name made from the number. */
function nameOf(signal: number): NodeJS.Signals {
  const [name = `SIG${signal}`] = signals.find(([, number]) => number === signal) ?? []
  return name as NodeJS.Signals
}
