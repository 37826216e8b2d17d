/**
 * Reads lists again at most once per `everyMs(list)` each: at once when quiet, then collected, so that a burst of events is
 * two reads and the last state is always read.
 */
export function createRefetcher<Key extends string>(
  refetch: (key: Key) => void,
  everyMs: (key: Key) => number = () => 300,
) {
  const waiting = new Map<Key, { again: boolean; timer: ReturnType<typeof setTimeout> }>()

  function run(key: Key) {
    refetch(key)
    waiting.set(key, { again: false, timer: setTimeout(() => settle(key), everyMs(key)) })
  }

  function settle(key: Key) {
    const again = waiting.get(key)?.again
    waiting.delete(key)
    if (again) run(key)
  }

  return {
    mark(key: Key) {
      const entry = waiting.get(key)
      if (entry) entry.again = true
      else run(key)
    },
    stop() {
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
    },
  }
}
