import { expect, it } from 'vitest'
import type { Outcome } from '@/server/adapters/adapter'
import { noProcess } from '@/server/adapters/outcome'
import { emptyReport } from '@/server/adapters/report'
import { chargesOf } from './of-outcome'

const run = { id: 'r', agentId: 'a', companyId: 'c' }
const outcome = (more: Partial<Outcome>): Outcome => ({
  ...emptyReport,
  ...noProcess,
  end: 'succeeded',
  errorCode: null,
  error: null,
  ...more,
})
const usage = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 3 }

it('books nothing for a run that told of nothing', () => {
  expect(chargesOf(run, outcome({}))).toEqual([])
})

it('books the report itself, or one charge for each model', () => {
  expect(chargesOf(run, outcome({ usage, costUsd: 0.0004 }))).toEqual([
    {
      runId: 'r',
      agentId: 'a',
      companyId: 'c',
      provider: 'unknown',
      model: 'unknown',
      ...usage,
      costMicros: 400,
      pricing: 'reported',
      idempotencyKey: 'result unknown unknown',
    },
  ])
  const charges = ['big', 'small'].map((model) => ({ provider: 'p', model, usage, costUsd: 1 }))
  expect(chargesOf(run, outcome({ usage, costUsd: 2, charges })).map((charge) => charge.model)).toEqual([
    'big',
    'small',
  ])
})

it('does not call tokens free whose price nobody told', () => {
  expect(chargesOf(run, outcome({ usage }))).toMatchObject([{ costMicros: null, pricing: 'unpriced' }])
  expect(chargesOf(run, outcome({ usage, costUsd: 0 }))).toMatchObject([{ costMicros: null, pricing: 'unpriced' }])
  expect(chargesOf(run, outcome({ costUsd: 0 }))).toMatchObject([{ costMicros: 0, pricing: 'reported' }])
})

it('estimates what a program did not price, by model, unless no price list tells', () => {
  const known = { provider: 'anthropic', model: 'claude-haiku-4-5', usage }
  const charges = [
    { ...known, costUsd: null },
    { provider: null, model: 'mystery', usage, costUsd: null },
  ]
  // 1 × $1 + 2 × $5 + 3 × $0.10 per million.
  expect(chargesOf(run, outcome({ charges }))).toMatchObject([
    { costMicros: 11, pricing: 'estimated' },
    { costMicros: null, pricing: 'unpriced' },
  ])
  expect(chargesOf(run, outcome({ ...known }), { isUnpriced: true })).toMatchObject([
    { model: 'claude-haiku-4-5', costMicros: null, pricing: 'unpriced' },
  ])
  expect(chargesOf(run, outcome({ ...known, costUsd: 1 }), { isUnpriced: true })).toMatchObject([
    { costMicros: 1_000_000, pricing: 'reported' },
  ])
})

it('loses none of two charges under one name', () => {
  const charges = [1, 2].map((costUsd) => ({ provider: null, model: 'm', usage, costUsd }))
  const keys = chargesOf(run, outcome({ charges })).map((charge) => charge.idempotencyKey)
  expect(new Set(keys).size).toBe(2)
})
