import { constants } from 'node:os'
import type { Exit } from './child'
import type { Libc } from './libc'

/**
 * How the children end that Node does not know of, since the C library started them. SIGCHLD tells that one has ended;
 * it is asked after once a second as well, which also keeps this process alive while one lives.
 */
export function exitOf(libc: Libc, pid: number): Promise<Exit> {
  return new Promise((resolve) => {
    const isFirst = waiting.size === 0
    waiting.set(pid, { libc, resolve })
    if (!isFirst) return
    process.on('SIGCHLD', collect)
    poll = setInterval(collect, 1000)
    // It may have ended before anyone listened.
    collect()
  })
}

const noHang = 1
const waiting = new Map<number, { libc: Libc; resolve(exit: Exit): void }>()
const status = [0]
let poll: NodeJS.Timeout | undefined

const signals = Object.entries(constants.signals)
/** Whoever waits for it has been here before us: no more is to be known. */
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

/** The first name of a number, as Node says it; a signal of real time has none there, and is told by its number. */
function nameOf(signal: number): NodeJS.Signals {
  const [name = `SIG${signal}`] = signals.find(([, number]) => number === signal) ?? []
  return name as NodeJS.Signals
}
