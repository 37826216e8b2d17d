import { CommanderError } from 'commander'
import { exitCodeOf, sentenceOf } from './cli-error'
import { createProgram } from './program'

// A reader that has seen enough, such as `head`, is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
}

// The process ends by itself, when all output is written: leaving at once would cut off what a slow reader has not taken.
createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = exitCodeOf(error)
    if (!(error instanceof CommanderError)) process.stderr.write(`reveille: ${sentenceOf(error)}\n`)
  })
