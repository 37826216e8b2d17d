/**
 * Refetches each key at most once per `everyMs(key)`, never twice at the same time: at once for the first change, then once
 * for all that follow, so that a burst of events is two refetches and the last state is always fetched.
 */
export function createRefetcher<Key extends string>(
  refetch: (key: Key) => Promise<unknown>,
  everyMs: (key: Key) => number = () => 300,
) {
  const running = new Map<Key, { isStale: boolean; timer: ReturnType<typeof setTimeout> | null }>()
  let isStopped = false

  async function run(key: Key) {
    const entry: { isStale: boolean; timer: ReturnType<typeof setTimeout> | null } = { isStale: false, timer: null }
    running.set(key, entry)
    const pause = new Promise<void>((resolve) => {
      entry.timer = setTimeout(resolve, everyMs(key))
    })
    // The query itself shows or retries a failure.
    await Promise.allSettled([refetch(key), pause])
    running.delete(key)
    if (entry.isStale && !isStopped) void run(key)
  }

  return {
    mark(key: Key) {
      const entry = running.get(key)
      if (entry) entry.isStale = true
      else if (!isStopped) void run(key)
    },
    stop() {
      isStopped = true
      for (const { timer } of running.values()) if (timer) clearTimeout(timer)
      running.clear()
    },
  }
}
