/**
 * The index of the entry that was made from a line of the log, or else of the last entry before that line; -1 if there is
 * none. `sources` has the line numbers of every entry; their first lines ascend.
 */
export function entryOfLine(sources: readonly (readonly number[])[], line: number): number {
  const exact = sources.findIndex((lines) => lines.includes(line))
  return exact >= 0 ? exact : sources.findLastIndex(([first = 0]) => first <= line)
}
