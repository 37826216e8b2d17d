import { describe, expect, it } from 'vitest'
import { replayWith } from '@/server/adapters/testing/replay'
import { claudeLocalAdapter } from './adapter'

const replay = replayWith(claudeLocalAdapter, 'claude-local')
const init = { type: 'system', subtype: 'init', session_id: 's1', model: 'm' }
const done = { type: 'result', subtype: 'success', is_error: false, session_id: 's1', result: 'Done.' }
const said = (text: string, more: Record<string, unknown> = {}) => ({
  type: 'assistant',
  session_id: 's1',
  message: { id: text, model: 'm', content: [{ type: 'text', text }] },
  ...more,
})

describe('a run of Claude Code that failed', () => {
  it.each([
    [{ subtype: 'error_max_turns', is_error: false }, 'it reached its maximum number of turns'],
    [{ subtype: 'error_during_execution', is_error: false, errors: ['the stream ended'] }, 'the stream ended'],
    [{ subtype: 'error_max_budget_usd' }, 'it reached its maximum budget'],
    [{ subtype: 'error_of_tomorrow' }, 'error_of_tomorrow'],
    [{ subtype: 'success', result: 'API Error: 403', api_error_status: 403 }, 'API Error: 403'],
  ])('is not a success where it reports an error in another way: %j', async (result, why) => {
    const says = { lines: [init, { type: 'result', session_id: 's1', ...result }] }
    expect(await replay({ says }).outcome).toMatchObject({
      end: 'failed',
      errorCode: 'adapter_failed',
      error: `Claude Code failed: ${why}.`,
    })
  })

  it.each([{ error: 'rate_limit' }, { is_api_error_message: true }])(
    'is no success where the API answered its last message with an error: %j',
    async (more) => {
      const says = { lines: [init, said('API Error: no'), said('API Error: overloaded', more), done] }
      const error = 'Claude Code failed: API Error: overloaded.'
      expect(await replay({ says }).outcome).toMatchObject({ end: 'failed', error })
      const recovered = { lines: [init, said('API Error: overloaded', more), said('Fine.'), done] }
      expect(await replay({ says: recovered }).outcome).toMatchObject({ end: 'succeeded' })
    },
  )
})

it('the text of a sub-agent is not the summary of a run', async () => {
  const lines = [init, said('Mine.'), said('Of a sub-agent.', { parent_tool_use_id: 'toolu_1' })]
  expect(await replay({ says: { lines } }).outcome).toMatchObject({ summary: 'Mine.' })
})

it('a warning names the tools that an agent was not allowed to use', async () => {
  const denial = (tool_name: string) => ({ tool_name, tool_use_id: 't', tool_input: { command: 'touch x' } })
  const permission_denials = [denial('Bash'), denial('Write'), denial('Bash')]
  const run = replay({ says: { lines: [init, { ...done, permission_denials }] } })
  expect(await run.outcome).toMatchObject({ end: 'succeeded' })
  expect(run.warnings()).toEqual([
    'Claude Code was denied permission to use Bash (2 times), Write. Allow it in its settings, or let the agent skip permissions.',
  ])
})
