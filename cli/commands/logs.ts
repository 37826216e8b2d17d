import { once } from 'node:events'
import type { Command } from 'commander'
import { exitCodes } from '../failure'
import { runIdOf } from '../find'
import { createLogOutput } from '../follow/log-output'
import { followRun } from '../follow/run'
import { printJson } from '../print'
import { type Session, withServer } from '../session'

const pageBytes = 1_048_576

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description("print a run's log: its stdout to stdout, its stderr to stderr")
    .argument('<run>', 'the id of the run')
    .option('-f, --follow', 'go on until the run ends')
    .addHelpText('after', '\nExample:\n  $ reveille logs 3f0c1c7e-5c1b-4a52-9d0e-0f9f3f1f2a10 --follow')
    .action(
      withServer<{ follow?: boolean }>(async (session, { follow }, given = '') => {
        const runId = runIdOf(given)
        if (!follow) await printLog(session, runId)
        else await followRun(session, runId, createLogOutput(session), new AbortController().signal)
        return exitCodes.done
      }),
    )
}

/** What there is of it now. */
async function printLog({ api, json }: Session, runId: string): Promise<void> {
  for (let offset = 0; ; ) {
    const page = await api.run.log.query({ runId, offset, limitBytes: pageBytes })
    for (const entry of page.entries) {
      if (json) printJson(entry)
      else process[entry.stream].write(entry.chunk)
    }
    for (const stream of [process.stdout, process.stderr]) if (stream.writableNeedDrain) await once(stream, 'drain')
    if (page.done || page.nextOffset <= offset) return
    offset = page.nextOffset
  }
}
