import { expect, test } from 'vitest'
import type { Run } from '@/app/_trpc/client'
import { lanesOf, ticksOf } from './lanes'

const at = (second: number) => new Date(second * 1000).toISOString()

function run(agentId: string, from: number, to: number | null): Run {
  const moments = { createdAt: at(from), startedAt: at(from), finishedAt: to === null ? null : at(to) }
  return { id: `${agentId}-${from}`, agentId, agentName: agentId, ...moments } as Run
}

test('each agent has a lane, in the order of its latest run, and overlapping bars have levels', () => {
  const lanes = lanesOf([run('b', 50, 60), run('a', 20, null), run('a', 10, 30), run('a', 0, 5)], 100_000, 0)
  expect(lanes.map(({ agentId, levels }) => [agentId, levels])).toEqual([
    ['b', 1],
    ['a', 2],
  ])
  expect(lanes[1]?.bars.map(({ startMs, endMs, level }) => [startMs, endMs, level])).toEqual([
    [0, 5000, 0],
    [10_000, 30_000, 0],
    [20_000, 100_000, 1],
  ])
})

test('a bar that is too narrow to see keeps its space free of the next bar', () => {
  const [lane] = lanesOf([run('a', 2, 3), run('a', 0, 1)], 10_000, 5000)
  expect(lane?.levels).toBe(2)
})

test('ticks are round and few', () => {
  const hour = 3_600_000
  const ticks = ticksOf(10 * hour + 1, 34 * hour, 10)
  expect(ticks.length).toBeLessThanOrEqual(10)
  expect(ticks.length).toBeGreaterThanOrEqual(4)
  expect(ticks.every((tick) => tick % hour === 0)).toBe(true)
})
