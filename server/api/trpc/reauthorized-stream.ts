import type { ApiError } from '@/server/domain/errors'

/**
 * Ends a subscription with the reason when its caller loses the right to it: the key was revoked, the member removed, the
 * browser signed out, the run ended. `until` aborts then, and when the caller unsubscribes.
 */
export function createReauthorizedStream(signal: AbortSignal | undefined) {
  const refused = new AbortController()
  let wake = () => {}
  let failure: ApiError | null = null

  /** The next item, or the end once the right is lost, even if the subscription ignores `until`. */
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
    /** Yields until the right is lost, then throws the reason. Calls `release` at the end. */
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
