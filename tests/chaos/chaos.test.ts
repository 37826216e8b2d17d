import { expect, test } from 'vitest'
import { hangMs } from '@/tests/eventually'
import { makeChaos } from './chaos'

test('some blows: every run ends, once, with its log whole, and nothing is left alive', async () => {
  const report = await makeChaos({ seconds: 20, leastBlows: 5, seed: 7, say: () => {} })
  expect(report.violations).toEqual([])
  expect(report.runs.succeeded ?? 0).toBeGreaterThan(0)
  expect(Object.keys(report.blows).length).toBeGreaterThan(3)
  for (const ms of report.recoveriesMs) expect(ms).toBeLessThan(hangMs)
})
