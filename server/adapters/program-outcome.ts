import type { ModelCharge, Outcome, Report, Usage } from './adapter'
import { outcomeOf } from './outcome'
import type { Attempt, Reading } from './program'
import { checkReport } from './report'

/**
 * How a program ended and what it said → how its run ends. What it measured itself stands above the result file, what
 * the agent wrote there as summary and result above its last message. Figures that can not be are left out with a warning.
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

/** What the program said of its work can only make an outcome worse, and its error clearer. */
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

/** The sum, under the name of the model that was used most. */
function totalOf(charges: ModelCharge[]): ModelCharge {
  const tokensOf = ({ usage }: ModelCharge) =>
    usage ? usage.inputTokens + usage.cachedInputTokens + usage.outputTokens : 0
  const main = charges.reduce((most, charge) => (tokensOf(charge) > tokensOf(most) ? charge : most))
  const sum = (field: keyof Usage) => charges.reduce((total, { usage }) => total + (usage?.[field] ?? 0), 0)
  const priced = charges.filter((charge) => charge.costUsd !== null)
  return {
    provider: main.provider,
    model: main.model,
    usage: {
      inputTokens: sum('inputTokens'),
      outputTokens: sum('outputTokens'),
      cachedInputTokens: sum('cachedInputTokens'),
    },
    costUsd: priced.length > 0 ? priced.reduce((total, charge) => total + (charge.costUsd ?? 0), 0) : null,
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
