import type { AdapterEvent } from '@/server/adapters/adapter'
import type { Reader, Reading } from '@/server/adapters/program'
import { asList, asObject, asText, type JsonObject, objectOf } from '@/server/domain/json'
import { createMessageCharges, ownUsage, resultCharges } from './charges'
import { failureOf, limitEndOf, retryCause, retryMessage, timeOf } from './failure'
import { denialsOf } from './permissions'
import type { Account } from './session'

export type ClaudeReader = Reader & {
  /** The reported tokens and their cost, once the program has ended. */
  account(): Account
}

/**
 * Reads the lines of `--output-format stream-json`; lines of other types are ignored. `asked` is the model of the config,
 * `resumed` the session that is continued.
 */
export function createClaudeReader(
  asked: string | null,
  resumed: string | null,
  emit: (event: AdapterEvent) => void,
): ClaudeReader {
  const messages = createMessages()
  let sessionId: string | null = null
  let init: JsonObject | null = null
  let result: JsonObject | null = null
  let lastError: string | null = null
  let limitEndsAt: number | null = null

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
      if (line.type === 'assistant') {
        lastError = null
        messages.add(line)
      }
      if (line.type === 'result') readResult(line)
      else if (line.type === 'system' && line.subtype === 'init') init = line
      else if (line.type === 'rate_limit_event') limitEndsAt = limitEndOf(asObject(line.rate_limit_info))
      else if (line.type === 'system' && line.subtype === 'api_retry') {
        lastError = `its API could not be reached (${retryCause(line)})`
        emit({ eventType: 'warning', level: 'warn', message: retryMessage(line) })
      }
    },
    read(stderr): Reading {
      const said = messages.said()
      const failure = result ? (failureOf(result) ?? said.apiError) : lastError
      const error = failure && limitEndsAt !== null ? `${failure} (the limit ends at ${timeOf(limitEndsAt)})` : failure
      // A session with a message is known, whatever its text says.
      const isSessionUnknown = !said.any && (unknownSession.test(error ?? '') || unknownSession.test(stderr))
      return {
        // The program reports the id even of a session that it does not know.
        sessionId: isSessionUnknown ? null : sessionId,
        summary: asText(result?.result) ?? said.text,
        charges: result ? resultCharges(result, asText(init?.model) ?? said.model ?? asked) : messages.charges(),
        error,
        isDone: result !== null,
        isSessionUnknown,
      }
    },
    account: () => ({
      resumed,
      startsAtZero: startsAtZero(asText(init?.claude_code_version)),
      own: result && ownUsage(result),
      messages: messages.charges(),
    }),
  }
}

/** The messages of the agent so far. */
type Said = {
  any: boolean
  /** Of the last message with text. */
  text: string | null
  /** The model of the last answer. */
  model: string | null
  /** The error that the last message reports instead of an answer. */
  apiError: string | null
}

function createMessages() {
  const charges = createMessageCharges()
  const said: Said = { any: false, text: null, model: null, apiError: null }
  return {
    said: () => said,
    charges: charges.total,
    add(line: JsonObject) {
      const message = asObject(line.message) ?? {}
      said.any = true
      charges.add(message)
      // A sub-agent's messages are addressed to the agent.
      if (asText(line.parent_tool_use_id)) return
      const model = asText(message.model)
      // A placeholder for a missing answer has no model.
      if (model !== '<synthetic>') said.model = model ?? said.model
      said.text = textOf(message) ?? said.text
      const isError = asText(line.error) !== null || line.is_api_error_message === true
      said.apiError = isError ? (said.text ?? asText(line.error)) : null
    },
  }
}

function textOf(message: JsonObject): string | null {
  const texts = asList(message.content).flatMap((block) => asText(asObject(block)?.text) ?? [])
  return texts.length > 0 ? texts.join('\n') : null
}

const unknownSession = /No conversation found with session ID|--resume requires a valid session/i

/** From this version on a resumed session continues its totals. */
const keepsTotals = [2, 1, 277]

function startsAtZero(version: string | null): boolean | null {
  const parts = /^(\d+)\.(\d+)\.(\d+)/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number)
  if (!parts) return null
  const at = keepsTotals.findIndex((number, index) => number !== parts[index])
  return at >= 0 && (parts[at] ?? 0) < (keepsTotals[at] ?? 0)
}
