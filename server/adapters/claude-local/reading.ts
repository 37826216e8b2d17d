import type { AdapterEvent } from '@/server/adapters/adapter'
import type { Reader, Reading } from '@/server/adapters/program'
import { asList, asObject, asText, type JsonObject, objectOf } from '@/server/domain/json'
import { createMessageCharges, resultCharges } from './charges'

/** Reads the lines of `--output-format stream-json`; those of other types are passed over. `asked` is the config's model. */
export function createClaudeReader(asked: string | null, emit: (event: AdapterEvent) => void): Reader {
  const messages = createMessageCharges()
  let sessionId: string | null = null
  let begunWith: string | null = null
  let answeredBy: string | null = null
  let result: JsonObject | null = null
  let lastText: string | null = null
  let trouble: string | null = null
  let limitEndsAt: number | null = null
  let hasBegun = false

  function readMessage(message: JsonObject) {
    hasBegun = true
    messages.add(message)
    const model = asText(message.model)
    // What stands in for an answer that did not come has no model.
    if (model !== '<synthetic>') answeredBy = model ?? answeredBy
    const texts = asList(message.content).flatMap((block) => asText(asObject(block)?.text) ?? [])
    if (texts.length > 0) lastText = texts.join('\n')
    trouble = null
  }

  return {
    line(text) {
      const line = objectOf(text)
      if (!line) return
      sessionId = asText(line.session_id) ?? sessionId
      if (line.type === 'assistant') readMessage(asObject(line.message) ?? {})
      else if (line.type === 'result') result = line
      else if (line.type === 'system' && line.subtype === 'init') begunWith = asText(line.model) ?? begunWith
      else if (line.type === 'rate_limit_event') limitEndsAt = limitEndOf(asObject(line.rate_limit_info))
      else if (line.type === 'system' && line.subtype === 'api_retry') {
        trouble = `its API could not be used (${causeOf(line)})`
        emit({ eventType: 'warning', level: 'warn', message: retryMessage(line) })
      }
    },
    read(stderr): Reading {
      const failure = result ? failureOf(result) : trouble
      const error = failure && limitEndsAt !== null ? `${failure} (the limit ends at ${timeOf(limitEndsAt)})` : failure
      // A conversation that has begun is known, whatever is said in it.
      const isSessionUnknown = !hasBegun && (unknownSession.test(error ?? '') || unknownSession.test(stderr))
      return {
        // Of a session that it does not know, the program gives the id all the same.
        sessionId: isSessionUnknown ? null : sessionId,
        summary: asText(result?.result) ?? lastText,
        charges: result ? resultCharges(result, begunWith ?? answeredBy ?? asked) : messages.total(),
        error,
        isDone: result !== null,
        isSessionUnknown,
      }
    },
  }
}

const unknownSession = /No conversation found with session ID|--resume requires a valid session/i

function failureOf(result: JsonObject): string | null {
  if (result.is_error !== true) return null
  const errors = asList(result.errors).flatMap((item) => asText(item) ?? [])
  const said = errors.length > 0 ? errors.join(' ') : asText(result.result)
  return withTime(said ?? asText(result.subtype) ?? 'it gave no reason')
}

/** Older programs say "usage limit reached|1764000000". */
function withTime(message: string): string {
  return message.replace(/\|(\d{10})\b/, (_all, seconds) => ` until ${timeOf(Number(seconds))}`)
}

function limitEndOf(info: JsonObject | null): number | null {
  return info?.status === 'rejected' && typeof info.resetsAt === 'number' ? info.resetsAt : null
}

function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000)
  return Number.isNaN(time.getTime()) ? 'an unknown time' : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function causeOf({ error_status, error }: JsonObject): string {
  return [error_status, error].filter(Boolean).join(' ') || 'no answer'
}

function retryMessage(line: JsonObject): string {
  const { attempt, max_retries, retry_delay_ms } = line
  const when = typeof retry_delay_ms === 'number' ? `in ${Math.ceil(retry_delay_ms / 1000)} s` : 'soon'
  return `Claude Code could not use its API (${causeOf(line)}); trying again ${when} (${attempt} of ${max_retries}).`
}
