const closeEnough = 128 * 1024

/**
 * Finds the end of a growing log with a few probes of `hasByteAt`. Returns 0 if the log is shorter than `small` bytes, so
 * that it is read from its start, else a byte offset at most 128 KiB before the end.
 */
export async function findLogEnd(hasByteAt: (offset: number) => Promise<boolean>, small: number): Promise<number> {
  let low = 0
  let high = small
  while (await hasByteAt(high)) {
    low = high
    high *= 4
  }
  if (low === 0) return 0
  while (high - low > closeEnough) {
    const middle = Math.floor((low + high) / 2)
    if (await hasByteAt(middle)) low = middle
    else high = middle
  }
  return low
}
