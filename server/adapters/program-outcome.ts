import type { ModelCharge, Outcome, Report } from './adapter'
import { outcomeOf } from './outcome'
import type { Attempt, Reading } from './program'
import { checkReport } from './report'
import { totalOf } from './usage'

/**
 * The outcome of a run from the end and the output of its program. Its own measurements take precedence over the result
 * file; the summary and result in that file, over its last message. Invalid figures are left out with a warning.
 */
export function programOutcome(
  label: string,
  { end, reading, stderr }: Attempt,
  file: Report,
  limits: { timeoutSec: number },
): { outcome: Outcome; warnings: string[] } {
  const { charges, warnings } = chargesOf(reading)
  const own = checkReport({ summary: reading.summary, sessionId: reading.sessionId })
  warnings.push(...own.warnings)
  const measured = charges.length > 0 ? totalOf(charges) : file
  const report: Report = {
    ...file,
    summary: file.summary ?? own.report.summary,
    sessionId: own.report.sessionId ?? file.sessionId,
    usage: measured.usage,
    costUsd: measured.costUsd,
    provider: measured.provider,
    model: measured.model,
  }
  const outcome = judged(label, outcomeOf(end, report, limits), reading, stderr)
  return { outcome: charges.length > 0 ? { ...outcome, charges } : outcome, warnings }
}

/** The program's own report can turn a success into a failure, and explain an error, but not the reverse. */
function judged(label: string, outcome: Outcome, reading: Reading, stderr: string): Outcome {
  const said = reading.error === null ? null : sentence(`${label} failed: ${reading.error}`)
  switch (outcome.errorCode) {
    case null:
      if (outcome.end !== 'succeeded') return outcome
      if (said) return { ...outcome, end: 'failed', errorCode: 'adapter_failed', error: said }
      if (reading.isDone) return outcome
      return { ...outcome, end: 'failed', errorCode: 'output_parse_error', error: unreadable(label) }
    case 'nonzero_exit': {
      const last = lastLine(stderr)
      const error = said ?? (last ? sentence(`${outcome.error?.slice(0, -1)}: ${last}`) : outcome.error)
      return reading.isSessionUnknown
        ? { ...outcome, errorCode: 'resume_session_invalid', error }
        : { ...outcome, error }
    }
    case 'timeout':
      return said ? { ...outcome, error: `${outcome.error} ${said}` } : outcome
    default:
      return outcome
  }
}

function chargesOf(reading: Reading): { charges: ModelCharge[]; warnings: string[] } {
  const checked = reading.charges.map((charge) => checkReport(charge))
  const charges = checked.map(({ report: { provider, model, usage, costUsd } }) => ({
    provider,
    model,
    usage,
    costUsd,
  }))
  return {
    charges: charges.filter((charge) => charge.usage !== null || charge.costUsd !== null),
    warnings: checked.flatMap((charge) => charge.warnings),
  }
}

const longestError = 1000
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours begin with one
const colours = /\u001b\[[\d;]*m/g

function lastLine(text: string): string | null {
  const lines = text.replace(colours, '').split('\n')
  return lines.findLast((line) => line.trim() !== '')?.trim() ?? null
}

function sentence(text: string): string {
  const short = text.length > longestError ? `${text.slice(0, longestError).toWellFormed()}…` : text.trim()
  return /[.!?…]$/.test(short) ? short : `${short}.`
}

function unreadable(label: string): string {
  return `${label} ended as if it had succeeded, but no result could be read in its output.`
}
