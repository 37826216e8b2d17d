import type { ApiError } from '@/server/domain/errors'

/**
 * What a subscription yields for as long as the caller may have it: a revoked key, a removed member, a browser signed
 * out, a run that has ended lose their open streams, and learn why. `until` aborts then too, or when the caller leaves.
 */
export function createReauthorizedStream(signal: AbortSignal | undefined) {
  const refused = new AbortController()
  let wake = () => {}
  let failure: ApiError | null = null

  /** The next item, or nothing once the right is lost: also where a subscription forgets to look at `until`. */
  function nextOf(iterator: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      wake = () => resolve({ done: true, value: undefined })
      if (failure) wake()
      iterator.next().then(resolve, reject)
    })
  }

  return {
    until: signal ? AbortSignal.any([signal, refused.signal]) : refused.signal,
    refuse(reason: ApiError) {
      failure ??= reason
      refused.abort()
      wake()
    },
    /** Yields until the caller may no longer have it, then fails with the reason. `release` is called at the end. */
    async *read(items: unknown, release: () => void): AsyncGenerator<unknown, void> {
      const iterator = (items as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      try {
        for (;;) {
          const next = await nextOf(iterator)
          if (failure) throw failure
          if (next.done) return
          yield next.value
        }
      } finally {
        release()
        iterator.return?.().catch(() => {})
      }
    },
  }
}
