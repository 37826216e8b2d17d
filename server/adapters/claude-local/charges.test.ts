import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startExecution } from '@/server/adapters/testing/execution'
import { replayWith } from '@/server/adapters/testing/replay'
import { until } from '@/server/processes/fixtures/run-fixture'
import { claudeLocalAdapter } from './adapter'

const replay = replayWith(claudeLocalAdapter, 'claude-local')
const init = { type: 'system', subtype: 'init', session_id: 's1', model: 'm' }
const done = { type: 'result', subtype: 'success', is_error: false, session_id: 's1', result: 'Done.' }

describe('the charge of a run of Claude Code', () => {
  const model = (costUSD: unknown) => ({
    inputTokens: 10,
    outputTokens: 5,
    cacheReadInputTokens: 100,
    cacheCreationInputTokens: 1,
    costUSD,
  })

  it('is reported by model, with cached tokens apart, and as a total', async () => {
    const modelUsage = { big: model(0.5), small: { ...model(0.25), inputTokens: 1 } }
    const { charges, usage, costUsd } = await replay({
      says: { lines: [{ ...done, total_cost_usd: 0.75, usage: { input_tokens: 11 }, modelUsage }] },
    }).outcome
    expect(charges).toEqual([
      {
        provider: 'anthropic',
        model: 'big',
        usage: { inputTokens: 11, outputTokens: 5, cachedInputTokens: 100 },
        costUsd: 0.5,
      },
      {
        provider: 'anthropic',
        model: 'small',
        usage: { inputTokens: 2, outputTokens: 5, cachedInputTokens: 100 },
        costUsd: 0.25,
      },
    ])
    expect({ usage, costUsd }).toEqual({
      usage: { inputTokens: 13, outputTokens: 10, cachedInputTokens: 200 },
      costUsd: 0.75,
    })
  })

  it('is the total where the models do not add up to it', async () => {
    const usage = { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3 }
    const line = { ...done, total_cost_usd: 9, usage, modelUsage: { big: model(0.5) } }
    expect((await replay({ says: { lines: [line] } }).outcome).charges).toEqual([
      {
        provider: 'anthropic',
        model: 'big',
        usage: { inputTokens: 1, outputTokens: 2, cachedInputTokens: 3 },
        costUsd: 9,
      },
    ])
  })

  const answer = (model?: string) => ({ type: 'assistant', message: { id: 'a', content: [], ...(model && { model }) } })

  it.each([
    ['its first line', [init, answer('n')], 'm'],
    ['its messages', [{ ...init, model: undefined }, answer('n'), answer('<synthetic>')], 'n'],
    ['the config', [answer()], 'asked'],
  ] as const)('is of the model that %s names where the result names none', async (_where, lines, named) => {
    const line = { ...done, total_cost_usd: 0.5, usage: { input_tokens: 1, output_tokens: 2 } }
    const { charges } = await replay({ says: { lines: [...lines, line] }, config: { model: 'asked' } }).outcome
    expect(charges).toMatchObject([{ model: named, costUsd: 0.5 }])
  })

  it.each([[-1], [1e12], ['free']])(
    'has no cost where it is told %j: the outcome stands, with a warning',
    async (cost) => {
      const line = { ...done, total_cost_usd: cost, usage: { input_tokens: 1, output_tokens: 2 } }
      const run = replay({ says: { lines: [line] } })
      expect(await run.outcome).toMatchObject({
        end: 'succeeded',
        costUsd: null,
        usage: { inputTokens: 1, outputTokens: 2 },
      })
      expect(run.warnings()).toEqual([expect.stringContaining('The reported costUsd was ignored')])
    },
  )

  it('is, for a stopped run, the usage of its messages, each counted once, without a price', async () => {
    const usage = { input_tokens: 3, cache_creation_input_tokens: 1, cache_read_input_tokens: 50, output_tokens: 1 }
    const message = (id: string) => ({
      type: 'assistant',
      session_id: 's1',
      message: { id, model: 'm', content: [], usage },
    })
    const run = replay({ says: { lines: [init, message('a'), message('a'), message('b')] }, hangs: true })
    await until(() => run.seen.stdout.includes('"b"'))
    run.stop('cancelled')
    expect(await run.outcome).toMatchObject({
      end: 'stopped',
      costUsd: null,
      usage: { inputTokens: 8, outputTokens: 2, cachedInputTokens: 100 },
    })
  })

  it("is the program's own measurement, not the agent's report, whose summary is kept", async () => {
    const script = `printf '{"summary":"Mine.","costUsd":50,"usage":{"inputTokens":9}}' > "$REVEILLE_RESULT_FILE"
      printf '%s\\n' '${JSON.stringify({ ...done, total_cost_usd: 0.5, usage: { input_tokens: 1 } })}'`
    const path = join(mkdtempSync(join(tmpdir(), 'reveille-claude-')), 'agent.sh')
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    expect(await startExecution(claudeLocalAdapter, { command: path }).outcome).toMatchObject({
      end: 'succeeded',
      summary: 'Mine.',
      costUsd: 0.5,
      usage: { inputTokens: 1 },
    })
  })
})
