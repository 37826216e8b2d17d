import { randomUUID } from 'node:crypto'
import type { Answerer, Event, Said } from './stand-in'

type Block = { type: string; text?: string }
type Message = { role: string; content: string | Block[] }

/** Anthropic's messages API, streamed: the requests of Claude Code, and the events of the response. */
export const claudeAnswer: Answerer = (body) => {
  const messages = (body.messages as Message[] | undefined) ?? []
  const model = String(body.model)
  return { ask: askOf(messages), send: (said) => eventsOf(model, said) }
}

function askOf(messages: Message[]) {
  const isPrompt = (message: Message) =>
    message.role === 'user' && !blocksOf(message).some((b) => b.type === 'tool_result')
  const at = messages.findLastIndex(isPrompt)
  const prompt =
    at < 0
      ? ''
      : blocksOf(messages[at])
          .map((block) => block.text ?? '')
          .join('\n')
  return { prompt, turn: messages.slice(at + 1).filter((message) => message.role === 'user').length }
}

function blocksOf(message: Message | undefined): Block[] {
  if (!message) return []
  return typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content
}

function eventsOf(model: string, said: Said): Event[] {
  const usage = { input_tokens: 100, cache_creation_input_tokens: 10, cache_read_input_tokens: 1000, output_tokens: 1 }
  const message = { id: `msg_${randomUUID()}`, type: 'message', role: 'assistant', model, content: [], usage }
  const isTool = 'command' in said
  const block = isTool
    ? { type: 'tool_use', id: `toolu_${randomUUID()}`, name: 'Bash', input: {} }
    : { type: 'text', text: '' }
  const delta = isTool
    ? { type: 'input_json_delta', partial_json: JSON.stringify({ command: said.command, description: 'As asked' }) }
    : { type: 'text_delta', text: said.text }
  const stop = { stop_reason: isTool ? 'tool_use' : 'end_turn', stop_sequence: null }
  return [
    { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null } },
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: stop, usage: { output_tokens: 20 } },
    { type: 'message_stop' },
  ]
}
