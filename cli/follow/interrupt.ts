import { createInterface, type Interface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { sentenceOf } from '@/cli/cli-error'
import { printNote } from '@/cli/print'
import type { LogOutput } from './log-output'

type Answers = {
  output: Pick<LogOutput, 'hold' | 'release'>
  cancel(): Promise<unknown>
  /** Ends this command and leaves the run alone. */
  leave(): void
}

/** npx hands on the Ctrl-C that the terminal has already sent us: it must not count as the second. */
const settleMs = process.env.npm_command === 'exec' ? 150 : 0

/** The first Ctrl-C asks whether to cancel the run, while the log waits; the second leaves. */
export function cancelOnInterrupt({ output, cancel, leave }: Answers) {
  let state: 'watching' | 'settling' | 'asked' = 'watching'
  let lines: Interface | null = null

  const interrupted = () => {
    if (state === 'asked') return leave()
    if (state === 'watching') void ask()
  }

  async function ask() {
    state = 'settling'
    output.hold()
    if (settleMs > 0) await sleep(settleMs)
    state = 'asked'
    process.stderr.write('\nCancel the run? [y/N] ')
    lines = createInterface({ input: process.stdin, terminal: false })
    lines.once('line', (line) => void answered(line))
    // Nobody is there to answer: the log goes on, and a second Ctrl-C still leaves.
    lines.once('close', () => output.release())
  }

  async function answered(line: string) {
    state = 'watching'
    if (/^y(es)?$/i.test(line.trim())) {
      await cancel().catch((error) => printNote(sentenceOf(error)))
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
      // A pipe that was read from keeps the process, also when it is read from no more.
      process.stdin.destroy()
    },
  }
}
