import { nice, ticks } from 'd3-array'

/** From 0 to a round number at or above `largest`, with the few ticks that a small chart has room for. */
export function roundScale(largest: number, { whole = true, wanted = 3 } = {}): { top: number; ticks: number[] } {
  const [, top = 1] = nice(0, Math.max(largest, whole ? 1 : 1e-6), wanted)
  return { top, ticks: ticks(0, top, wanted).filter((tick) => !whole || Number.isInteger(tick)) }
}
