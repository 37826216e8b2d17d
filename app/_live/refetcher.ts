/**
 * Reads lists again at most once per `everyMs(list)` each, and one after the other: at once when quiet, then collected, so
 * that a burst of events is two reads, a slow answer is waited for, and the last state is always read.
 */
export function createRefetcher<Key extends string>(
  refetch: (key: Key) => Promise<unknown>,
  everyMs: (key: Key) => number = () => 300,
) {
  const waiting = new Map<Key, { again: boolean; timer: ReturnType<typeof setTimeout> | null }>()
  let isStopped = false

  async function run(key: Key) {
    const entry: { again: boolean; timer: ReturnType<typeof setTimeout> | null } = { again: false, timer: null }
    waiting.set(key, entry)
    const pause = new Promise<void>((resolve) => {
      entry.timer = setTimeout(resolve, everyMs(key))
    })
    // A read that fails is shown, or made again, by what asked for it.
    await Promise.allSettled([refetch(key), pause])
    waiting.delete(key)
    if (entry.again && !isStopped) void run(key)
  }

  return {
    mark(key: Key) {
      const entry = waiting.get(key)
      if (entry) entry.again = true
      else if (!isStopped) void run(key)
    },
    stop() {
      isStopped = true
      for (const { timer } of waiting.values()) if (timer) clearTimeout(timer)
      waiting.clear()
    },
  }
}
