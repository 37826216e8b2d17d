import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRecording } from '@/server/adapters/testing/recording'
import { createTranscript, type Transcript } from '@/server/domain/transcript'
import { formatOf } from './formats'

function transcriptOf(adapterType: string, lines: (string | object)[]): Transcript {
  const format = formatOf(adapterType)
  if (!format) throw new Error('no format')
  const transcript = createTranscript(format)
  for (const line of lines) transcript.add(typeof line === 'string' ? line : JSON.stringify(line))
  return transcript
}

function recorded(folder: 'claude-local' | 'codex-local', name: string) {
  const path = new URL(`${folder}/fixtures/recorded/${name}.jsonl`, import.meta.url)
  return transcriptOf(folder.replace('-', '_'), readRecording(path).stdout).entries()
}

describe('the transcript of Claude Code', () => {
  it('pairs a tool call with its result', () => {
    expect(recorded('claude-local', 'tool')).toEqual([
      { kind: 'session', sessionId: expect.any(String), model: expect.stringContaining('claude') },
      {
        kind: 'tool',
        callId: expect.any(String),
        name: 'Bash',
        input: { command: 'echo written by the agent > made.txt; cat made.txt', description: 'As asked' },
        result: { text: 'written by the agent', isError: false },
      },
      { kind: 'message', from: 'agent', text: 'Done.' },
      { kind: 'usage', inputTokens: 220, outputTokens: 40, cachedInputTokens: 2000, costUsd: 0.0021 },
    ])
  })

  it('does not show the cost of the complete session', () => {
    const usage = { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3 }
    const result = (times: number) => ({
      type: 'result',
      subtype: 'success',
      total_cost_usd: 0.5,
      usage,
      modelUsage: { m: { inputTokens: times, outputTokens: 2 * times, cacheReadInputTokens: 3 * times } },
    })
    const costs = [1, 2].map((times) => transcriptOf('claude_local', [result(times)]).entries()[0])
    expect(costs).toMatchObject([{ costUsd: 0.5 }, { inputTokens: 1, costUsd: null }])
  })

  it('shows an error in the words of the program', () => {
    // The agent's last message is the same text, which is shown once. A usage of 0 is not shown.
    const [session, ...rest] = recorded('claude-local', 'failing-api')
    expect(session).toMatchObject({ kind: 'session' })
    expect(rest).toEqual([{ kind: 'error', message: 'API Error: 400 The stand-in was told to fail.' }])
    expect(recorded('claude-local', 'unknown-session')[0]).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('No conversation found'),
    })
  })

  it('leaves a call open until its result arrives, and returns the changed entry', () => {
    const use = { type: 'tool_use', id: 't1', name: 'Read', input: { file: 'a' } }
    const content = [{ type: 'thinking', thinking: 'Hm.' }, use, { type: 'text', text: 'And?' }]
    const transcript = transcriptOf('claude_local', [{ type: 'assistant', message: { content } }])
    const before = transcript.entries()[1]
    expect(before).toEqual({ kind: 'tool', callId: 't1', name: 'Read', input: { file: 'a' }, result: null })
    const answer = {
      type: 'tool_result',
      tool_use_id: 't1',
      is_error: true,
      content: [{ type: 'text', text: 'no' }, { type: 'image' }],
    }
    expect(transcript.add(JSON.stringify({ type: 'user', message: { content: [answer] } }))).toBe(1)
    const after = transcript.entries()[1]
    expect(after).toEqual({ ...before, result: { text: 'no\n[image]', isError: true } })
    expect(after).not.toBe(before)
    expect(transcript.entries().map((entry) => entry.kind)).toEqual(['thinking', 'tool', 'message'])
  })
})

describe('the transcript of Codex', () => {
  it('pairs a command with its output', () => {
    expect(recorded('codex-local', 'tool')).toEqual([
      { kind: 'session', sessionId: expect.any(String), model: null },
      { kind: 'error', message: expect.stringContaining('Model metadata') },
      {
        kind: 'tool',
        callId: 'item_1',
        name: 'command',
        input: expect.stringContaining('made.txt'),
        result: { text: 'written by the agent\n', isError: false },
      },
      { kind: 'message', from: 'agent', text: 'Done.' },
      { kind: 'usage', inputTokens: 200, outputTokens: 40, cachedInputTokens: 2000, costUsd: null },
    ])
  })

  it('shows an error once, without the wrapping of the API', () => {
    const errors = recorded('codex-local', 'failing-api').filter((entry) => entry.kind === 'error')
    expect(errors.map((entry) => entry.message).slice(1)).toEqual(['The stand-in was told to fail.'])
  })

  it('shows other items, and updates a list in place', () => {
    const list = (type: string, completed: boolean) => ({
      type,
      item: { id: 'i1', type: 'todo_list', items: [{ text: 'a', completed }] },
    })
    const failed = {
      id: 'i2',
      type: 'mcp_tool_call',
      server: 'db',
      tool: 'query',
      arguments: { q: 1 },
      status: 'failed',
    }
    const transcript = transcriptOf('codex_local', [
      list('item.started', false),
      { type: 'item.completed', item: { id: 'i3', type: 'reasoning', text: 'Hm.' } },
      { type: 'item.completed', item: { ...failed, error: { message: 'no table' } } },
      { type: 'item.completed', item: { id: 'i4', type: 'something_new', text: 'x' } },
    ])
    expect(transcript.add(JSON.stringify(list('item.updated', true)))).toBe(0)
    expect(transcript.entries()).toMatchObject([
      { kind: 'tool', name: 'to-do list', input: [{ text: 'a', completed: true }], result: null },
      { kind: 'thinking', text: 'Hm.' },
      { kind: 'tool', name: 'db.query', input: { q: 1 }, result: { text: 'no table', isError: true } },
      { kind: 'raw', text: expect.stringContaining('something_new') },
    ])
  })
})

it('exists only for programs whose output has such a format', () => {
  expect(formatOf('process')).toBeNull()
  expect(formatOf('constructor')).toBeNull()
})

it.each(['claude_local', 'codex_local'])(
  'of %s keeps every line that it does not understand, whatever it is',
  (type) => {
    const lines = [
      'plain',
      '{"type":"new"}',
      '{"type":',
      '[1]',
      'null',
      '{"type":"assistant"}',
      '{"type":"item.started"}',
    ]
    const kept = transcriptOf(type, [...lines, '', '  ']).entries()
    expect(kept).toEqual(lines.map((text) => ({ kind: 'raw', text })))
    const types = fc.constantFrom(
      'system',
      'assistant',
      'user',
      'result',
      'item.completed',
      'turn.completed',
      'turn.failed',
    )
    const line = fc.record({
      type: types,
      message: fc.jsonValue(),
      item: fc.jsonValue(),
      usage: fc.jsonValue(),
      error: fc.jsonValue(),
    })
    fc.assert(
      fc.property(fc.array(line), (given) => {
        for (const entry of transcriptOf(type, given).entries()) expect(entry.kind).toBeTypeOf('string')
      }),
    )
  },
)
