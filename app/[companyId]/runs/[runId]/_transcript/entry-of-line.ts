/**
 * The entry that a line of the log went into, or the one before where it went into none; -1 before the first. `sources`
 * are the lines of every entry, of which the first ascend.
 */
export function entryOfLine(sources: readonly (readonly number[])[], line: number): number {
  const exact = sources.findIndex((lines) => lines.includes(line))
  return exact >= 0 ? exact : sources.findLastIndex(([first = 0]) => first <= line)
}
