import { expect, it } from 'vitest'
import { readRecording } from '@/server/adapters/testing/recording'
import { createTranscriptText } from './transcript'

it('formats JSON lines as text, however the chunks are split', () => {
  const path = new URL('../../server/adapters/claude-local/fixtures/recorded/tool.jsonl', import.meta.url)
  const output = `${readRecording(path).stdout.join('\n')}\nplain \u001b[2J\nlast`
  const read = (size: number) => {
    const text = createTranscriptText('claude_local')
    const chunks = output.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
    return chunks.map((chunk) => text?.read(chunk)).join('') + text?.end()
  }
  expect(read(7)).toBe(read(1_000_000))
  const lines = read(7).split('\n')
  expect(lines[0]).toMatch(/^— session \S+ claude/)
  expect(lines[1]).toBe('$ Bash echo written by the agent > made.txt; cat made.txt')
  expect(lines.slice(2)).toEqual([
    '→ written by the agent',
    'Done.',
    '— 220 tokens in, 2000 cached, 40 out',
    'plain  [2J',
    'last',
    '',
  ])
  expect(createTranscriptText('process')).toBe(null)
})
