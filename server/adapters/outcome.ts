import type { ChildEnd } from '@/server/processes/run-child'
import type { SpawnFailure } from '@/server/processes/spawn-failure'
import type { Outcome, Report } from './adapter'
import { emptyReport } from './report'

/** The outcome of a run from the end of its program, with a sentence for people. */
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

/** The outcome of a run that was not started because of its config. */
export function refused(error: string): Outcome {
  return { ...emptyReport, ...noProcess, end: 'failed', errorCode: 'invalid_config', error }
}

/** The process fields of an outcome without a process. */
export const noProcess = { exitCode: null, signal: null, survivorsKilled: 0 } as const

function timeoutSentence(timeoutSec: number): string {
  return `The program did not end within ${timeoutSec} second${timeoutSec === 1 ? '' : 's'} and was stopped.`
}

function logSentence(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return `The log of the run could not be written${code}, so its program was stopped.`
}
