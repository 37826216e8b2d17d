export type Buckets = {
  /** Takes a token if there is one and returns 0, else the seconds until there is one. */
  take(key: string): number
  /** The same without taking a token. */
  wait(key: string): number
}

type Bucket = { tokens: number; at: number }

/** A token bucket per key: `burst` tokens, refilled at `perSec`. Keeps the buckets of the `mostKeys` keys used last. */
export function createBuckets(options: {
  burst: number
  perSec: number
  mostKeys?: number
  nowMs?: (() => number) | undefined
}): Buckets {
  const { burst, perSec, mostKeys = 20_000, nowMs = () => performance.now() } = options
  const buckets = new Map<string, Bucket>()

  function refill(key: string): Bucket {
    const now = nowMs()
    const bucket = buckets.get(key) ?? { tokens: burst, at: now }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSec)
    bucket.at = now
    return bucket
  }

  const waitOf = (bucket: Bucket) => (bucket.tokens >= 1 ? 0 : Math.ceil((1 - bucket.tokens) / perSec))

  return {
    wait: (key) => waitOf(refill(key)),
    take(key) {
      const bucket = refill(key)
      buckets.delete(key)
      buckets.set(key, bucket)
      if (buckets.size > mostKeys) buckets.delete(buckets.keys().next().value ?? key)
      const wait = waitOf(bucket)
      if (wait === 0) bucket.tokens -= 1
      return wait
    },
  }
}
