import type { Command } from 'commander'
import { CliError, exitCodes } from '@/cli/cli-error'
import { runIdOf } from '@/cli/find'
import { printJson, printLine } from '@/cli/print'
import { withServer } from '@/cli/session'
import { isFinal } from '@/server/domain/run-status'

export function addCancel(program: Command): void {
  program
    .command('cancel')
    .description('cancel a run; a running run ends when its processes have exited')
    .argument('<run>', 'the id of the run')
    .option('--reason <text>', 'the reason, for the record')
    .addHelpText('after', '\nExample:\n  $ reveille cancel 3f0c1c7e-5c1b-4a52-9d0e-0f9f3f1f2a10')
    .action(
      withServer<{ reason?: string }>(async ({ api, json }, { reason }, given = '') => {
        const run = await api.run.cancel.mutate({ runId: runIdOf(given), reason })
        const isTooLate = isFinal(run.status) && run.status !== 'cancelled'
        if (json) printJson(run)
        else if (!isTooLate) printLine(run.status === 'cancelled' ? 'Cancelled.' : 'Cancelling the run.')
        if (!isTooLate) return exitCodes.done
        throw new CliError(`The run cannot be cancelled: it has ended as ${run.status}.`)
      }),
    )
}
