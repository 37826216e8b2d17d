import { asList, asObject, asText, type JsonObject } from '@/server/domain/json'
import type { LogFormat, ToolEntry, TranscriptEntry, UsageEntry } from '@/server/domain/transcript'
import { isOwnTotal } from './charges'
import { failureOf } from './failure'

/** The transcript entries of a line of Claude Code's `stream-json`; null for an unknown line. */
export const format: LogFormat = (line) => {
  switch (line.type) {
    case 'system':
      return systemEntries(line)
    case 'assistant':
      return messageEntries(line, 'agent')
    case 'user':
      return messageEntries(line, 'user')
    case 'result':
      return resultEntries(line)
    default:
      return null
  }
}

function systemEntries(line: JsonObject): TranscriptEntry[] | null {
  if (line.subtype === 'init') {
    return [{ kind: 'session', sessionId: asText(line.session_id), model: asText(line.model) }]
  }
  if (line.subtype !== 'api_retry') return null
  const why = [line.error_status, line.error].filter(Boolean).join(' ') || 'no response'
  const message = `The API could not be reached (${why}); retry ${line.attempt} of ${line.max_retries} follows.`
  return [{ kind: 'error', message }]
}

function messageEntries(line: JsonObject, from: 'agent' | 'user'): TranscriptEntry[] | null {
  const content = asObject(line.message)?.content
  if (typeof content === 'string') return [{ kind: 'message', from, text: content }]
  if (!Array.isArray(content)) return null
  return content.flatMap((block) => blockEntries(asObject(block), from))
}

function blockEntries(block: JsonObject | null, from: 'agent' | 'user'): TranscriptEntry[] {
  switch (block?.type) {
    case 'text':
      return texts(block.text, (text) => ({ kind: 'message', from, text }))
    case 'thinking':
      return texts(block.thinking, (text) => ({ kind: 'thinking', text }))
    case 'tool_use':
      return [call(block.id, asText(block.name) ?? 'tool', block.input ?? null, null)]
    case 'tool_result': {
      const result = { text: textOf(block.content), isError: block.is_error === true }
      return [call(block.tool_use_id, 'tool', null, result)]
    }
    default:
      return [{ kind: 'raw', text: JSON.stringify(block) }]
  }
}

function resultEntries(line: JsonObject): TranscriptEntry[] {
  const usage = asObject(line.usage)
  const entries: TranscriptEntry[] = []
  const failure = failureOf(line)
  if (failure) entries.push({ kind: 'error', message: failure })
  if (!usage) return entries
  const used: UsageEntry = {
    kind: 'usage',
    inputTokens: count(usage.input_tokens) + count(usage.cache_creation_input_tokens),
    outputTokens: count(usage.output_tokens),
    cachedInputTokens: count(usage.cache_read_input_tokens),
    // It may be the session's total, unless this line shows that it is the run's own cost.
    costUsd: typeof line.total_cost_usd === 'number' && isOwnTotal(line) ? line.total_cost_usd : null,
  }
  // A refused request has used nothing, which needs no entry.
  const isNothing = used.inputTokens + used.outputTokens + used.cachedInputTokens === 0 && !used.costUsd
  return isNothing ? entries : [...entries, used]
}

function call(callId: unknown, name: string, input: unknown, result: ToolEntry['result']): ToolEntry {
  return { kind: 'tool', callId: asText(callId), name, input, result }
}

/** A tool's result: a text, or blocks, of which only texts can be shown. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return asList(content)
    .map((block) => asText(asObject(block)?.text) ?? `[${asText(asObject(block)?.type) ?? 'something'}]`)
    .join('\n')
}

function texts(value: unknown, entryOf: (text: string) => TranscriptEntry): TranscriptEntry[] {
  const text = asText(value)
  return text ? [entryOf(text)] : []
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
