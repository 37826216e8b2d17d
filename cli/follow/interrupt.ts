import { createInterface, type Interface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '@/cli/cli-error'
import { printNote } from '@/cli/print'
import type { LogOutput } from './log-output'

type InterruptOptions = {
  output: Pick<LogOutput, 'hold' | 'release'>
  cancel(): Promise<unknown>
  /** Ends this command without cancelling the run. */
  leave(): void
}

/** npx forwards the Ctrl-C that the terminal has already sent to us: it must not count as the second one. */
const settleMs = process.env.npm_command === 'exec' ? 150 : 0

/** The first Ctrl-C pauses the log and asks whether to cancel the run; the second one ends the command. */
export function cancelOnInterrupt({ output, cancel, leave }: InterruptOptions) {
  let state: 'watching' | 'settling' | 'asking' = 'watching'
  let lines: Interface | null = null

  const interrupted = () => {
    if (state === 'asking') return leave()
    if (state === 'watching') void ask()
  }

  async function ask() {
    state = 'settling'
    output.hold()
    if (settleMs > 0) await sleep(settleMs)
    state = 'asking'
    process.stderr.write('\nCancel the run? [y/N] ')
    lines = createInterface({ input: process.stdin, terminal: false })
    lines.once('line', (line) => void answered(line))
    // Without input to read, the log continues, and a second Ctrl-C still ends the command.
    lines.once('close', () => output.release())
  }

  async function answered(line: string) {
    state = 'watching'
    if (/^y(es)?$/i.test(line.trim())) {
      await cancel().catch((error) => printNote(messageOf(error)))
    }
    lines?.close()
  }

  process.on('SIGINT', interrupted)
  return {
    stop() {
      process.off('SIGINT', interrupted)
      output.release()
      if (!lines) return
      lines.close()
      // A pipe that was read from keeps the process alive, even after the reader is closed.
      process.stdin.destroy()
    },
  }
}
