export type Buckets = {
  /** Seconds to wait, 0 when there is room; takes one where there is. */
  take(key: string): number
  /** Seconds to wait, taking nothing. */
  wait(key: string): number
}

type Bucket = { left: number; at: number }

/** A bucket of `burst` for each key, filled again at `perSec`. Remembers the `mostKeys` that were used last. */
export function createBuckets(options: {
  burst: number
  perSec: number
  mostKeys?: number
  nowMs?: (() => number) | undefined
}): Buckets {
  const { burst, perSec, mostKeys = 20_000, nowMs = () => performance.now() } = options
  const buckets = new Map<string, Bucket>()

  function look(key: string): Bucket {
    const now = nowMs()
    const bucket = buckets.get(key) ?? { left: burst, at: now }
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSec)
    bucket.at = now
    return bucket
  }

  const waitOf = (bucket: Bucket) => (bucket.left >= 1 ? 0 : Math.ceil((1 - bucket.left) / perSec))

  return {
    wait: (key) => waitOf(look(key)),
    take(key) {
      const bucket = look(key)
      buckets.delete(key)
      buckets.set(key, bucket)
      if (buckets.size > mostKeys) buckets.delete(buckets.keys().next().value ?? key)
      const wait = waitOf(bucket)
      if (wait === 0) bucket.left -= 1
      return wait
    },
  }
}
