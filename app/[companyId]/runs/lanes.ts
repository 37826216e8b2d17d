import type { Run } from '@/app/_trpc/client'

export type Bar = { run: Run; startMs: number; endMs: number; level: number }
export type Lane = { agentId: string; agentName: string; bars: Bar[]; levels: number }

type RunTimes = Pick<Run, 'createdAt' | 'startedAt' | 'finishedAt'>

/**
 * Runs as bars in one lane per agent, with the agent that ran last on top. Bars that overlap are on different levels of
 * their lane. Bars of live runs end at `nowMs`; every bar is laid out as at least `leastMs` long, so that it can be clicked.
 */
export function lanesOf(runs: readonly Run[], nowMs: number, leastMs: number): Lane[] {
  const lanes = new Map<string, Lane>()
  for (const run of runs) {
    const lane = lanes.get(run.agentId) ?? { agentId: run.agentId, agentName: run.agentName, bars: [], levels: 1 }
    lanes.set(run.agentId, lane)
    lane.bars.push({ run, ...extentOf(run, nowMs), level: 0 })
  }
  for (const lane of lanes.values()) {
    lane.bars.sort((a, b) => a.startMs - b.startMs)
    const freeFrom: number[] = []
    for (const bar of lane.bars) {
      const level = freeFrom.findIndex((from) => from <= bar.startMs)
      bar.level = level < 0 ? freeFrom.length : level
      freeFrom[bar.level] = Math.max(bar.endMs, bar.startMs + leastMs)
    }
    lane.levels = Math.max(1, freeFrom.length)
  }
  return [...lanes.values()]
}

/** From the start of the run (from its creation if it has not started) to its end. */
export function extentOf(run: RunTimes, nowMs: number): { startMs: number; endMs: number } {
  const startMs = Date.parse(run.startedAt ?? run.createdAt)
  return { startMs, endMs: Math.max(startMs, run.finishedAt ? Date.parse(run.finishedAt) : nowMs) }
}

const steps = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 7 * 86_400].map(
  (seconds) => seconds * 1000,
)

/** Round times in the reader's time zone within the span, at most `most` of them. */
export function ticksOf(fromMs: number, toMs: number, most: number): number[] {
  const step = steps.find((size) => (toMs - fromMs) / size <= most) ?? (toMs - fromMs) / most
  const zoneMs = new Date(fromMs).getTimezoneOffset() * 60_000
  const first = Math.ceil((fromMs - zoneMs) / step) * step + zoneMs
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, at) => first + at * step)
}
