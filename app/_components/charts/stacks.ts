import { max, nice, ticks } from 'd3-array'
import { scaleBand } from 'd3-scale'
import { stack } from 'd3-shape'

type Values = { key: string; values: Readonly<Record<string, number>> }
type Bar = { series: string; column: number; bottom: number; top: number }

/**
 * Where the bars of a chart stand. Along the time a column takes up `step`, its bars `width` from `left(column)` on, with
 * all columns together 100 wide. Upwards everything is in the values' own unit, up to the round number `highest`.
 * `whole`: values are counts, and so are the ticks.
 */
export function stacksOf(columns: readonly Values[], series: readonly string[], { whole = true, wanted = 3 } = {}) {
  const layers = stack<unknown, Values, string>()
    .keys([...series])
    .value((column, name) => column.values[name] ?? 0)([...columns])
  const bars: Bar[] = layers.flatMap((layer) =>
    layer.map(([bottom, top], column) => ({ series: layer.key, column, bottom, top })),
  )
  const [, highest = 1] = nice(0, Math.max(max(bars, (bar) => bar.top) ?? 0, whole ? 1 : 1e-6), wanted)
  const gap = columns.length > 60 ? 0.12 : 0.22
  const band = scaleBand<number>()
    .domain(columns.keys())
    .range([0, 100])
    .paddingInner(gap)
    .paddingOuter(gap / 2)
  return {
    bars: bars.filter((bar) => bar.top > bar.bottom),
    highest,
    ticks: ticks(0, highest, wanted).filter((tick) => !whole || Number.isInteger(tick)),
    step: band.step(),
    width: band.bandwidth(),
    left: (column: number) => band(column) ?? 0,
    middle: (column: number) => (band(column) ?? 0) + band.bandwidth() / 2,
  }
}
