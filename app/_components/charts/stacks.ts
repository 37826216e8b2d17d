import { max, nice, ticks } from 'd3-array'
import { stack } from 'd3-shape'

type Values = { key: string; values: Readonly<Record<string, number>> }
type Bar = { series: string; column: number; bottom: number; top: number }

/**
 * The layout of a stacked bar chart. Horizontally, all columns together are 100 wide: each takes `step`, and its bars are
 * `width` wide, starting at `left(column)`. Vertically, values keep their unit, up to the round number `highest`. `whole`
 * means that values are counts, so that ticks are whole numbers.
 */
export function stacksOf(columns: readonly Values[], series: readonly string[], { whole = true, wanted = 3 } = {}) {
  const layers = stack<unknown, Values, string>()
    .keys([...series])
    .value((column, name) => column.values[name] ?? 0)([...columns])
  const bars: Bar[] = layers.flatMap((layer) =>
    layer.map(([bottom, top], column) => ({ series: layer.key, column, bottom, top })),
  )
  const [, highest = 1] = nice(0, Math.max(max(bars, (bar) => bar.top) || 1, whole ? 1 : 0), wanted)
  const gap = columns.length > 60 ? 0.12 : 0.22
  const step = 100 / Math.max(1, columns.length)
  return {
    bars: bars.filter((bar) => bar.top > bar.bottom),
    highest,
    ticks: ticks(0, highest, wanted).filter((tick) => !whole || Number.isInteger(tick)),
    step,
    width: step * (1 - gap),
    left: (column: number) => step * (column + gap / 2),
    middle: (column: number) => step * (column + 0.5),
  }
}
