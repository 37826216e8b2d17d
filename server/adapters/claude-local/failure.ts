import { asList, asText, type JsonObject } from '@/server/domain/json'

/** The error of a result, in the program's own words; null for a success. */
export function failureOf(result: JsonObject): string | null {
  const subtype = asText(result.subtype) ?? ''
  const isError = result.is_error === true || subtype.startsWith('error') || typeof result.api_error_status === 'number'
  if (!isError) return null
  const errors = asList(result.errors).flatMap((item) => asText(item) ?? [])
  const said = errors.length > 0 ? errors.join(' ') : asText(result.result)
  return withTime(said ?? subtypes[subtype] ?? (subtype || 'it gave no reason'))
}

const subtypes: Record<string, string> = {
  error_max_turns: 'it reached its maximum number of turns',
  error_max_budget_usd: 'it reached its maximum budget',
  error_during_execution: 'an error occurred while it worked',
}

/** Older versions print "usage limit reached|1764000000". */
function withTime(message: string): string {
  return message.replace(/\|(\d{10})\b/, (_all, seconds) => ` until ${timeOf(Number(seconds))}`)
}

export function limitEndOf(info: JsonObject | null): number | null {
  return info?.status === 'rejected' && typeof info.resetsAt === 'number' ? info.resetsAt : null
}

export function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000)
  return Number.isNaN(time.getTime()) ? 'an unknown time' : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

export function retryCause({ error_status, error }: JsonObject): string {
  return [error_status, error].filter(Boolean).join(' ') || 'no response'
}

export function retryMessage(line: JsonObject): string {
  const { attempt, max_retries, retry_delay_ms } = line
  const when = typeof retry_delay_ms === 'number' ? `in ${Math.ceil(retry_delay_ms / 1000)} s` : 'soon'
  return `Claude Code could not reach its API (${retryCause(line)}); trying again ${when} (${attempt} of ${max_retries}).`
}
