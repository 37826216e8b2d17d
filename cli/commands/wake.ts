import type { Command } from 'commander'
import { CliError, type ExitCode, exitCodes } from '@/cli/cli-error'
import { findAgentId } from '@/cli/find'
import { cancelOnInterrupt } from '@/cli/follow/interrupt'
import { createLogOutput } from '@/cli/follow/log-output'
import { type FinalRun, followRun } from '@/cli/follow/run'
import { transcriptFor } from '@/cli/follow/transcript'
import { jsonOption } from '@/cli/json-option'
import { printHint, printJson, printLine, printNote } from '@/cli/print'
import { type Session, withServer } from '@/cli/session'
import { formatDuration } from '@/cli/time'
import { costWords } from '@/server/domain/charge-words'
import { type SkipReason, skipSentences } from '@/server/domain/wakeup-status'

type Options = {
  reason?: string
  payload?: ReturnType<typeof jsonOption>
  key?: string
  follow?: boolean
  raw?: boolean
}
type Answer = Awaited<ReturnType<Session['api']['wakeup']['create']['mutate']>>

const help = `
With --follow the log is printed (stdout to stdout, stderr to stderr), and the exit code is 0 only if the run succeeds.
Ctrl-C asks whether to cancel the run; a second Ctrl-C ends only this command.
With --json --follow: the answer, the entries of the log, then the run, one JSON document per line.

Examples:
  $ reveille wake Echo --follow
  $ reveille wake Echo --reason "new ticket" --payload '{"ticket":42}' --key ticket-42`

export function addWake(program: Command): void {
  program
    .command('wake')
    .description('wake an agent')
    .argument('<agent>', 'the id of the agent, or its name if no other agent has it')
    .option('--reason <text>', 'the reason, which is passed to the agent')
    .option('--payload <json>', 'the payload for the agent: JSON, or @FILE', jsonOption)
    .option('--key <key>', 'idempotency key: the same key returns the first answer again')
    .option('-f, --follow', 'print the log until the run ends, and exit with its outcome')
    .option('--raw', 'on a terminal, print the output of Claude Code and Codex unformatted')
    .addHelpText('after', help)
    .action(
      withServer<Options>(async (session, options, given = '') => {
        const agentId = await findAgentId(session, given)
        const { reason, payload, key } = options
        const answer = await session.api.wakeup.create.mutate({ agentId, reason, payload, idempotencyKey: key })
        if (session.json) printJson(answer)
        const reasonSkipped = answer.wakeup.skipReason
        if (reasonSkipped) throw new CliError(skipSentences[reasonSkipped as SkipReason])
        if (options.follow && answer.run) return await follow(session, answer.run.id, answer, options.raw)
        if (!session.json) printLine(summaryOf(answer))
      }),
    )
}

async function follow(session: Session, runId: string, answer: Answer, raw?: boolean): Promise<ExitCode> {
  if (!session.json) printHint(summaryOf(answer))
  const output = createLogOutput(session, await transcriptFor(session, runId, raw))
  const interrupted = new AbortController()
  const interrupts = cancelOnInterrupt({
    output,
    cancel: () => session.api.run.cancel.mutate({ runId, reason: 'Cancelled from the command line.' }),
    leave: () => interrupted.abort(),
  })
  try {
    const run = await followRun(session, runId, output, interrupted.signal)
    output.end()
    if (!run) {
      printHint(`\nThe run continues. To follow it again: reveille logs ${runId} --follow`)
      return exitCodes.failed
    }
    if (session.json) printJson(run)
    return exitCodeFor(run)
  } finally {
    interrupts.stop()
  }
}

function exitCodeFor(run: FinalRun): ExitCode {
  const took = formatDuration(run.startedAt, run.finishedAt)
  if (run.status === 'succeeded') {
    const cost = costWords(run.charges)
    printHint(`Succeeded after ${took}.${cost === null ? '' : ` Cost: ${cost}.`}`)
    return exitCodes.done
  }
  printNote(`the run ended as ${run.status}${took ? ` after ${took}` : ''}${run.error ? `: ${run.error}` : '.'}`)
  return exitCodes.failed
}

const outcomeLabels = {
  queued: 'Queued',
  coalesced: 'Joined run',
  deduplicated: 'Already requested',
  skipped: 'Skipped',
} as const satisfies Record<Answer['outcome'], string>

function summaryOf({ outcome, run }: Answer): string {
  return `${outcomeLabels[outcome]}${run ? `  ${run.id}` : ''}`
}
