import type { AdapterEvent } from '@/server/adapters/adapter'
import type { Reader, Reading } from '@/server/adapters/program'
import { asObject, asText, type JsonObject, objectOf } from '@/server/domain/json'

/** Reads the lines of `codex exec --json`, and ignores those of unknown types. The usage is the total of the thread. */
export function createCodexReader(model: string | null, emit: (event: AdapterEvent) => void): Reader {
  let sessionId: string | null = null
  let lastText: string | null = null
  let usage: unknown
  let failure: string | null = null
  let lastError: string | null = null
  let isDone = false

  function readError(message: string) {
    lastError = message
    if (reconnecting.test(message)) emit({ eventType: 'warning', level: 'warn', message: `Codex: ${message}` })
  }

  return {
    line(text) {
      const line = objectOf(text)
      if (!line) return
      const item = asObject(line.item)
      if (line.type === 'thread.started') sessionId = asText(line.thread_id)
      else if (line.type === 'item.completed' && item?.type === 'agent_message')
        lastText = asText(item.text) ?? lastText
      else if (line.type === 'error') readError(plainMessage(line.message))
      else if (line.type === 'turn.failed') failure = plainMessage(asObject(line.error)?.message)
      else if (line.type === 'turn.completed') {
        usage = usageOf(asObject(line.usage)) ?? usage
        isDone = true
        lastError = null
      }
    },
    read(stderr): Reading {
      // Once a thread has started, it is known, whatever its tools print.
      const isSessionUnknown = sessionId === null && unknownSession.test(stderr)
      return {
        sessionId,
        summary: lastText,
        charges: usage === undefined ? [] : [{ provider: 'openai', model, usage, costUsd: null }],
        error: failure ?? lastError,
        isDone,
        isSessionUnknown,
      }
    },
  }
}

const unknownSession = /no rollout found for thread id/i
const reconnecting = /^Reconnecting/

/** The API's own error is passed on as JSON, of which a person needs only the message. */
function plainMessage(value: unknown): string {
  const text = asText(value) ?? 'it gave no reason'
  const parsed = objectOf(text)
  return asText(asObject(parsed?.error)?.message) ?? asText(parsed?.message) ?? text
}

/** `input_tokens` includes the cached ones. An invalid figure is passed on, to be ignored later with a warning. */
function usageOf(usage: JsonObject | null): unknown {
  if (!usage) return undefined
  const { input_tokens: input, cached_input_tokens: cached, output_tokens: outputTokens } = usage
  const isCounted = typeof input === 'number' && typeof cached === 'number'
  return {
    inputTokens: isCounted ? Math.max(0, input - cached) : input,
    outputTokens,
    cachedInputTokens: cached,
  }
}
