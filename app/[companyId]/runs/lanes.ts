import type { Run } from '@/app/_trpc/client'

export type Bar = { run: Run; startMs: number; endMs: number; level: number }
export type Lane = { agentId: string; agentName: string; bars: Bar[]; levels: number }

type Moments = Pick<Run, 'createdAt' | 'startedAt' | 'finishedAt'>

/**
 * Runs as bars in one lane per agent, the agent that ran last on top; bars that overlap stand below one another.
 * `nowMs` ends what has not ended; `widestMs` is the least time a bar takes, so that it can be seen and clicked.
 */
export function lanesOf(runs: readonly Run[], nowMs: number, widestMs: number): Lane[] {
  const lanes = new Map<string, Lane>()
  for (const run of runs) {
    const lane = lanes.get(run.agentId) ?? { agentId: run.agentId, agentName: run.agentName, bars: [], levels: 1 }
    lanes.set(run.agentId, lane)
    lane.bars.push({ run, ...extentOf(run, nowMs), level: 0 })
  }
  for (const lane of lanes.values()) {
    lane.bars.sort((a, b) => a.startMs - b.startMs)
    const free: number[] = []
    for (const bar of lane.bars) {
      const open = free.findIndex((from) => from <= bar.startMs)
      bar.level = open < 0 ? free.length : open
      free[bar.level] = Math.max(bar.endMs, bar.startMs + widestMs)
    }
    lane.levels = Math.max(1, free.length)
  }
  return [...lanes.values()]
}

/** From its start, or its queueing where it has none, to its end. */
export function extentOf(run: Moments, nowMs: number): { startMs: number; endMs: number } {
  const startMs = Date.parse(run.startedAt ?? run.createdAt)
  return { startMs, endMs: Math.max(startMs, run.finishedAt ? Date.parse(run.finishedAt) : nowMs) }
}

const steps = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 7 * 86_400].map(
  (seconds) => seconds * 1000,
)

/** Round moments of the reader's clock within the span, at most `most` of them. */
export function ticksOf(fromMs: number, toMs: number, most: number): number[] {
  const step = steps.find((size) => (toMs - fromMs) / size <= most) ?? (toMs - fromMs) / most
  const zoneMs = new Date(fromMs).getTimezoneOffset() * 60_000
  const first = Math.ceil((fromMs - zoneMs) / step) * step + zoneMs
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, at) => first + at * step)
}
