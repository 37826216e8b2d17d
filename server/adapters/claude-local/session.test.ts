import { describe, expect, it } from 'vitest'
import type { ModelCharge, SessionUsage } from '@/server/adapters/adapter'
import { replayWith } from '@/server/adapters/testing/replay'
import { until } from '@/server/processes/fixtures/run-fixture'
import { claudeLocalAdapter } from './adapter'

const replay = replayWith(claudeLocalAdapter, 'claude-local')
const usage = (n: number) => ({ inputTokens: 1000 * n, outputTokens: 200 * n, cachedInputTokens: 500 * n })
const cost = 0.0081
const charge = (n: number, costUsd: number | null = Number((cost * n).toFixed(9))): ModelCharge => ({
  provider: 'anthropic',
  model: 'claude-opus-5-5',
  usage: usage(n),
  costUsd,
})
const total = (n: number): SessionUsage => ({ ...usage(n), models: [charge(n)] })

const init = (version?: string) => ({
  type: 'system',
  subtype: 'init',
  session_id: 's1',
  model: 'claude-opus-5-5',
  claude_code_version: version,
})
/** A result with own usage `own` in a session with the total `all`, in units of one answer. */
const result = (own: number, all: number, more: Record<string, unknown> = {}) => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  session_id: 's1',
  result: 'Done.',
  total_cost_usd: cost * all,
  usage: { input_tokens: 1000 * own, output_tokens: 200 * own, cache_read_input_tokens: 500 * own },
  modelUsage: {
    'claude-opus-5-5': {
      inputTokens: 1000 * all,
      outputTokens: 200 * all,
      cacheReadInputTokens: 500 * all,
      cacheCreationInputTokens: 0,
      costUSD: cost * all,
    },
  },
  ...more,
})
const answer = (id: string) => ({
  type: 'assistant',
  session_id: 's1',
  message: {
    id,
    model: 'claude-opus-5-5',
    content: [],
    usage: { input_tokens: 1000, output_tokens: 200, cache_read_input_tokens: 500 },
  },
})
const resumed = (lines: Record<string, unknown>[], sessionUsage: SessionUsage[], version = '2.1.332', exitCode = 0) =>
  replay({ says: { lines: [init(version), ...lines], exitCode }, given: { sessionId: 's1', sessionUsage } }).outcome

describe('a resumed session of Claude Code', () => {
  it('whose totals continue is charged with the increase', async () => {
    const outcome = await resumed([result(1, 3)], [total(2), total(1)])
    expect(outcome).toMatchObject({ usage: usage(1), costUsd: cost, charges: [charge(1)], sessionUsage: total(3) })
  })

  it('is charged for its sub-agents too', async () => {
    expect((await resumed([result(1, 6)], [total(2)])).charges).toEqual([charge(4)])
  })

  it('that starts at 0, according to its own usage or its version, is charged with the reported total', async () => {
    expect((await resumed([result(3, 3)], [total(2)], '2.1.332')).charges).toEqual([charge(3)])
    expect((await resumed([result(1, 4)], [total(2)], '2.1.276')).charges).toEqual([charge(4)])
    expect((await resumed([result(1, 2)], [total(7)], '2.2.0')).charges).toEqual([charge(2)])
  })

  it('that fails before it has used anything is not charged', async () => {
    const outcome = await resumed([result(0, 2, { is_error: true })], [total(2)], '2.1.332', 1)
    expect(outcome).toMatchObject({ end: 'failed', usage: null, costUsd: null, charges: [] })
  })

  it('is charged once where another run of it reported a total meanwhile', async () => {
    expect((await resumed([result(1, 3)], [total(8), total(2)])).charges).toEqual([charge(1)])
    expect((await resumed([result(2, 4)], [total(3), total(2)])).charges).toEqual([charge(2)])
  })

  it("is estimated from the run's own usage where the earlier total is unknown", async () => {
    expect((await resumed([result(1, 5)], [])).charges).toEqual([charge(1, null)])
  })
})

describe('a run of Claude Code that is stopped before its result', () => {
  const stopped = async (sessionUsage: SessionUsage[]) => {
    const says = { lines: [init('2.1.332'), answer('a')] }
    const run = replay({ says, hangs: true, given: { sessionId: 's1', sessionUsage } })
    await until(() => run.seen.stdout.includes('"a"'))
    run.stop('cancelled')
    return await run.outcome
  }

  it('is charged for its messages, and not again in the next run, whether its session counts them or not', async () => {
    const outcome = await stopped([total(2)])
    // 1000 × $4 + 500 × $0.20 + 200 × $20 per million, from the price list.
    expect(outcome).toMatchObject({ charges: [charge(1, null)], sessionUsage: { ...usage(3), unsaid: [charge(1)] } })
    const told = outcome.sessionUsage ? [outcome.sessionUsage, total(2)] : []
    expect((await resumed([result(1, 4)], told)).charges).toEqual([charge(1)])
    expect((await resumed([result(1, 3)], told)).charges).toEqual([charge(1)])
  })

  it('adds to the unreported usage of an earlier one', async () => {
    const first = await stopped([total(2)])
    const second = await stopped(first.sessionUsage ? [first.sessionUsage, total(2)] : [])
    expect(second.sessionUsage).toMatchObject({ ...usage(4), models: [charge(2)], unsaid: [charge(2)] })
  })
})

it('tokens that a result omits are taken from the messages, without a price', async () => {
  const zero = { ...result(0, 0, { subtype: 'error_during_execution', is_error: true }), modelUsage: {} }
  const { outcome } = replay({ says: { lines: [init('2.1.332'), answer('a'), answer('b'), zero], exitCode: 1 } })
  expect(await outcome).toMatchObject({ end: 'failed', usage: usage(2), costUsd: null, charges: [charge(2, null)] })
})
