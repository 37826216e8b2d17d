import type { Execution, Outcome, Report } from '@/server/adapters/adapter'
import { childEnvironment, directoryOf, unresolvedSecrets } from '@/server/adapters/environment'
import { emptyReport, readReport } from '@/server/adapters/report'
import { type ChildEnd, runChild } from '@/server/runner/process'
import type { SpawnFailure } from '@/server/runner/spawn-failure'
import type { ProcessConfig } from './config'

/** Runs the program; answers when nothing of it is left alive. */
export async function execute(execution: Execution<ProcessConfig>): Promise<Outcome> {
  const { config, run, signal, append, started, emit } = execution
  const missing = unresolvedSecrets(config.env)
  if (missing.length > 0) return refused(`The secret for ${missing.join(', ')} was not found.`)
  const { command, args } = config
  const cwd = directoryOf(config.cwd)
  const env = childEnvironment(config.env, execution.env)
  emit({
    eventType: 'adapter.invoke',
    message: `Starting ${command} in ${cwd}`,
    payload: { command, args, cwd, envNames: Object.keys(env).sort() },
  })
  const timeoutMs = config.timeoutSec * 1000
  const graceMs = config.graceSec * 1000
  const end = await runChild({ runId: run.id, command, args, cwd, env, timeoutMs, graceMs, signal, append, started })
  if (end.endedBy === 'not_started') return outcomeOf(end, emptyReport, config)
  const { report, warnings } = await readReport(execution.env.REVEILLE_RESULT_FILE)
  for (const message of warnings) emit({ eventType: 'warning', level: 'warn', message })
  return outcomeOf(end, report, config)
}

/** How a program ended → how its run ends, with a sentence for people. */
export function outcomeOf(end: ChildEnd | SpawnFailure, report: Report, limits: { timeoutSec: number }): Outcome {
  if (end.endedBy === 'not_started') {
    return { ...refused(end.error), ...report, errorCode: end.errorCode }
  }
  const { exitCode, signal, survivorsKilled } = end
  const facts = { ...report, exitCode, signal, survivorsKilled }
  switch (end.endedBy) {
    case 'timeout':
      return { ...facts, end: 'timed_out', errorCode: 'timeout', error: timeoutSentence(limits.timeoutSec) }
    case 'stopped':
      return { ...facts, end: 'stopped', errorCode: null, error: null }
    case 'log_failed':
      return { ...facts, end: 'failed', errorCode: 'adapter_failed', error: logSentence(end.cause) }
    case 'exit':
      if (signal) {
        return { ...facts, end: 'failed', errorCode: 'killed_by_signal', error: `The program was ended by ${signal}.` }
      }
      if (exitCode === 0) return { ...facts, end: 'succeeded', errorCode: null, error: null }
      return { ...facts, end: 'failed', errorCode: 'nonzero_exit', error: `The program exited with code ${exitCode}.` }
  }
}

function refused(error: string): Outcome {
  const nothing = { exitCode: null, signal: null, survivorsKilled: 0 }
  return { ...emptyReport, ...nothing, end: 'failed', errorCode: 'invalid_config', error }
}

function timeoutSentence(timeoutSec: number): string {
  return `The program did not end within ${timeoutSec} second${timeoutSec === 1 ? '' : 's'} and was stopped.`
}

function logSentence(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return `The log of the run could not be written${code}, so its program was stopped.`
}
