import type { AdapterEvent } from '@/server/adapters/adapter'
import type { Reader, Reading } from '@/server/adapters/program'
import { asList, asObject, asText, type JsonObject, objectOf } from '@/server/domain/json'
import { createMessageCharges, ownUsage, resultCharges } from './charges'
import { failureOf, limitEndOf, retryCause, retryMessage, timeOf } from './failure'
import { denialsOf } from './permissions'
import type { Account } from './session'

export type ClaudeReader = Reader & {
  /** What was said of tokens and their cost, when the program has ended. */
  account(): Account
}

/**
 * Reads the lines of `--output-format stream-json`; those of other types are passed over. `asked` is the config's model,
 * `resumed` the session that is gone on with.
 */
export function createClaudeReader(
  asked: string | null,
  resumed: string | null,
  emit: (event: AdapterEvent) => void,
): ClaudeReader {
  const messages = createMessageCharges()
  let sessionId: string | null = null
  let begun: JsonObject | null = null
  let answeredBy: string | null = null
  let result: JsonObject | null = null
  let lastText: string | null = null
  let trouble: string | null = null
  let apiError: string | null = null
  let limitEndsAt: number | null = null
  let hasBegun = false

  function readMessage(line: JsonObject) {
    const message = asObject(line.message) ?? {}
    hasBegun = true
    trouble = null
    messages.add(message)
    // What a sub-agent says, it says to the agent.
    if (asText(line.parent_tool_use_id)) return
    const model = asText(message.model)
    // What stands in for an answer that did not come has no model.
    if (model !== '<synthetic>') answeredBy = model ?? answeredBy
    lastText = textOf(message) ?? lastText
    const isError = asText(line.error) !== null || line.is_api_error_message === true
    apiError = isError ? (lastText ?? asText(line.error)) : null
  }

  function readResult(line: JsonObject) {
    result = line
    const denials = denialsOf(line)
    if (denials) emit(denials)
  }

  return {
    line(text) {
      const line = objectOf(text)
      if (!line) return
      sessionId = asText(line.session_id) ?? sessionId
      if (line.type === 'assistant') readMessage(line)
      else if (line.type === 'result') readResult(line)
      else if (line.type === 'system' && line.subtype === 'init') begun = line
      else if (line.type === 'rate_limit_event') limitEndsAt = limitEndOf(asObject(line.rate_limit_info))
      else if (line.type === 'system' && line.subtype === 'api_retry') {
        trouble = `its API could not be used (${retryCause(line)})`
        emit({ eventType: 'warning', level: 'warn', message: retryMessage(line) })
      }
    },
    read(stderr): Reading {
      const failure = result ? (failureOf(result) ?? apiError) : trouble
      const error = failure && limitEndsAt !== null ? `${failure} (the limit ends at ${timeOf(limitEndsAt)})` : failure
      // A conversation that has begun is known, whatever is said in it.
      const isSessionUnknown = !hasBegun && (unknownSession.test(error ?? '') || unknownSession.test(stderr))
      return {
        // Of a session that it does not know, the program gives the id all the same.
        sessionId: isSessionUnknown ? null : sessionId,
        summary: asText(result?.result) ?? lastText,
        charges: result ? resultCharges(result, asText(begun?.model) ?? answeredBy ?? asked) : messages.total(),
        error,
        isDone: result !== null,
        isSessionUnknown,
      }
    },
    account: () => ({
      resumed,
      startsAtNothing: startsAtNothing(asText(begun?.claude_code_version)),
      own: result && ownUsage(result),
      messages: messages.total(),
    }),
  }
}

function textOf(message: JsonObject): string | null {
  const texts = asList(message.content).flatMap((block) => asText(asObject(block)?.text) ?? [])
  return texts.length > 0 ? texts.join('\n') : null
}

const unknownSession = /No conversation found with session ID|--resume requires a valid session/i

/** From this version on a resumed session goes on with its totals. */
const keepsTotals = [2, 1, 277]

function startsAtNothing(version: string | null): boolean | null {
  const parts = /^(\d+)\.(\d+)\.(\d+)/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number)
  if (!parts) return null
  const at = keepsTotals.findIndex((number, index) => number !== parts[index])
  return at >= 0 && (parts[at] ?? 0) < (keepsTotals[at] ?? 0)
}
