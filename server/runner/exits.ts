import { constants } from 'node:os'
import type { Exit } from './child'
import type { Libc } from './libc'

/**
 * How the children end that Node does not know of, since the C library started them. SIGCHLD tells that one has ended;
 * it is asked after once a second as well, which also keeps this process alive while one lives.
 */
export function exitOf(libc: Libc, pid: number): Promise<Exit> {
  return new Promise((resolve) => {
    if (waiting.size === 0) {
      process.on('SIGCHLD', collect)
      poll = setInterval(collect, 1000)
    }
    waiting.set(pid, { libc, resolve })
  })
}

const noHang = 1
const waiting = new Map<number, { libc: Libc; resolve(exit: Exit): void }>()
const status = [0]
let poll: NodeJS.Timeout | undefined

const signalNames = new Map<number, NodeJS.Signals>()
for (const [name, number] of Object.entries(constants.signals)) signalNames.set(number, name as NodeJS.Signals)

function collect(): void {
  for (const [pid, { libc, resolve }] of waiting) {
    if (libc.waitpid(pid, status, noHang) === 0) continue
    waiting.delete(pid)
    resolve(exitFrom(status[0] ?? 0))
  }
  if (waiting.size > 0) return
  process.off('SIGCHLD', collect)
  clearInterval(poll)
}

/** As the kernel packs it: the signal in the lowest seven bits, else the code in the second byte. */
function exitFrom(word: number): Exit {
  const signal = word & 0x7f
  if (signal === 0) return { exitCode: (word >> 8) & 0xff, signal: null }
  return { exitCode: null, signal: signalNames.get(signal) ?? null }
}
