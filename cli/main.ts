import { CommanderError } from 'commander'
import { exitCodeOf, messageOf } from './cli-error'
import { createProgram } from './program'

// A reader that closes the pipe, such as `head`, is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
}

// The process exits by itself when all output is written; `process.exit` would cut off output that is still buffered.
createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = exitCodeOf(error)
    if (!(error instanceof CommanderError)) process.stderr.write(`reveille: ${messageOf(error)}\n`)
  })
