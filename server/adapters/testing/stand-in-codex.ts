import { randomUUID } from 'node:crypto'
import type { Answerer, Event, Said } from './stand-in'

type Part = { type: string; text?: string }
type Item = { type: string; role?: string; content?: Part[] }

/** OpenAI's responses API, streamed: the requests of Codex, and the events of the response. */
export const codexAnswer: Answerer = (body) => ({
  ask: askOf((body.input as Item[] | undefined) ?? []),
  send: (said) => eventsOf(said, toolsOf(body)),
})

function askOf(input: Item[]) {
  const at = input.findLastIndex((item) => item.type === 'message' && item.role === 'user')
  const prompt = (input[at]?.content ?? []).map((part) => part.text ?? '').join('\n')
  return { prompt, turn: input.slice(at + 1).filter((item) => item.type.endsWith('_output')).length }
}

function toolsOf(body: Record<string, unknown>): string[] {
  const tools = (body.tools as { name?: string; type: string }[] | undefined) ?? []
  return tools.map((tool) => tool.name ?? tool.type)
}

function eventsOf(said: Said, tools: string[]): Event[] {
  const id = `resp_${randomUUID()}`
  const item = 'command' in said ? callOf(said.command, tools) : messageOf(said.text)
  const usage = {
    input_tokens: 1100,
    input_tokens_details: { cached_tokens: 1000 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 5 },
    total_tokens: 1120,
  }
  return [
    { type: 'response.created', response: { id } },
    { type: 'response.output_item.added', output_index: 0, item },
    ...('text' in said ? [{ type: 'response.output_text.delta', output_index: 0, delta: said.text }] : []),
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: { id, usage, output: [item] } },
  ]
}

function messageOf(text: string) {
  return { type: 'message', id: `msg_${randomUUID()}`, role: 'assistant', content: [{ type: 'output_text', text }] }
}

function callOf(command: string, tools: string[]) {
  const call = { type: 'function_call', id: `fc_${randomUUID()}`, call_id: `call_${randomUUID()}` }
  if (tools.includes('exec_command'))
    return { ...call, name: 'exec_command', arguments: JSON.stringify({ cmd: command }) }
  return { ...call, name: 'shell', arguments: JSON.stringify({ command: ['bash', '-c', command] }) }
}
