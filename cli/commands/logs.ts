import { once } from 'node:events'
import type { Command } from 'commander'
import { exitCodes } from '@/cli/cli-error'
import { runIdOf } from '@/cli/find'
import { createLogOutput, type LogOutput } from '@/cli/follow/log-output'
import { followRun } from '@/cli/follow/run'
import { transcriptFor } from '@/cli/follow/transcript'
import { type Session, withServer } from '@/cli/session'

const pageBytes = 1_048_576

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description("print a run's log: its stdout to stdout, its stderr to stderr")
    .argument('<run>', 'the id of the run')
    .option('-f, --follow', 'follow the log until the run ends')
    .option('--raw', 'on a terminal, print the output of Claude Code and Codex unformatted')
    .addHelpText('after', '\nExample:\n  $ reveille logs 3f0c1c7e-5c1b-4a52-9d0e-0f9f3f1f2a10 --follow')
    .action(
      withServer<{ follow?: boolean; raw?: boolean }>(async (session, { follow, raw }, given = '') => {
        const runId = runIdOf(given)
        const transcript = await transcriptFor(session, runId, raw)
        const output = createLogOutput(session, transcript)
        if (!follow) await printLog(session, runId, output)
        else await followRun(session, runId, output, new AbortController().signal)
        output.end()
        return exitCodes.done
      }),
    )
}

/** Prints the log as far as it is written. */
async function printLog({ api }: Session, runId: string, output: LogOutput): Promise<void> {
  for (let offset = 0; ; ) {
    const page = await api.run.log.query({ runId, offset, limitBytes: pageBytes })
    for (const entry of page.entries) output.entry(entry)
    for (const stream of [process.stdout, process.stderr]) if (stream.writableNeedDrain) await once(stream, 'drain')
    if (page.done || page.nextOffset <= offset) return
    offset = page.nextOffset
  }
}
