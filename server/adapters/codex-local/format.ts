import { asList, asObject, asText, type JsonObject, objectOf } from '@/server/domain/json'
import type { LogFormat, ToolEntry, TranscriptEntry } from '@/server/domain/transcript'

/** The transcript entries of a line of `codex exec --json`; null for an unknown line. */
export const format: LogFormat = (line) => {
  switch (line.type) {
    case 'thread.started':
      return [{ kind: 'session', sessionId: asText(line.thread_id), model: null }]
    case 'turn.started':
      return []
    case 'item.started':
    case 'item.updated':
    case 'item.completed':
      return itemEntries(asObject(line.item), line.type === 'item.completed')
    case 'turn.completed':
      return usageEntries(asObject(line.usage))
    case 'turn.failed':
      return [{ kind: 'error', message: messageOf(asObject(line.error)?.message) }]
    case 'error':
      return [{ kind: 'error', message: messageOf(line.message) }]
    default:
      return null
  }
}

function itemEntries(item: JsonObject | null, isDone: boolean): TranscriptEntry[] | null {
  if (!item) return null
  const tool = toolOf(item)
  if (tool) return [{ kind: 'tool', callId: asText(item.id), ...tool, result: isDone ? resultOf(item) : null }]
  // Only complete texts are shown, not partial ones.
  const text = isDone ? asText(item.text) : null
  switch (item.type) {
    case 'agent_message':
      return text ? [{ kind: 'message', from: 'agent', text }] : []
    case 'reasoning':
      return text ? [{ kind: 'thinking', text }] : []
    case 'error':
      return isDone ? [{ kind: 'error', message: messageOf(item.message) }] : []
    default:
      return null
  }
}

function toolOf(item: JsonObject): Pick<ToolEntry, 'name' | 'input'> | null {
  switch (item.type) {
    case 'command_execution':
      return { name: 'command', input: item.command ?? null }
    case 'file_change':
      return { name: 'file change', input: item.changes ?? null }
    case 'mcp_tool_call':
      return { name: `${asText(item.server) ?? 'mcp'}.${asText(item.tool) ?? 'tool'}`, input: item.arguments ?? null }
    case 'web_search':
      return { name: 'web search', input: item.query ?? null }
    case 'todo_list':
      return { name: 'to-do list', input: item.items ?? null }
    case 'collab_tool_call':
      return { name: asText(item.tool) ?? 'agent', input: item.prompt ?? null }
    default:
      return null
  }
}

function resultOf(item: JsonObject): ToolEntry['result'] {
  const failure = asText(asObject(item.error)?.message)
  const isError = failure !== null || item.status === 'failed' || item.status === 'declined' || Boolean(item.exit_code)
  const said = asText(item.aggregated_output) ?? contentOf(asObject(item.result))
  return { text: failure ?? said ?? '', isError }
}

function contentOf(result: JsonObject | null): string | null {
  const texts = asList(result?.content).flatMap((block) => asText(asObject(block)?.text) ?? [])
  return texts.length > 0 ? texts.join('\n') : null
}

/** The input includes the cached tokens, and the usage is the total of the thread. */
function usageEntries(usage: JsonObject | null): TranscriptEntry[] | null {
  if (!usage) return null
  const cachedInputTokens = count(usage.cached_input_tokens)
  const inputTokens = Math.max(0, count(usage.input_tokens) - cachedInputTokens)
  return [{ kind: 'usage', inputTokens, cachedInputTokens, outputTokens: count(usage.output_tokens), costUsd: null }]
}

/** The API's own error is JSON inside a text. */
function messageOf(value: unknown): string {
  const text = asText(value) ?? 'Codex gave no reason.'
  const parsed = objectOf(text)
  return asText(asObject(parsed?.error)?.message) ?? asText(parsed?.message) ?? text
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
