import { again, isRefusal } from '@/server/access/again'
import type { Failure } from '@/server/domain/errors'

/**
 * Whether a caller still may have what a subscription sends them, looked at again every 2 s while it lasts: a revoked
 * key, a removed member, a browser signed out, a run that has ended lose their open streams, and are told why.
 * `until` aborts then too, or when the caller leaves.
 */
export function createStanding(signal: AbortSignal | undefined, check: () => Promise<void>) {
  const lost = new AbortController()
  let wake = () => {}
  let failure: Failure | null = null

  async function look() {
    try {
      await check()
    } catch (error) {
      if (!isRefusal(error)) return
      failure = error
      lost.abort()
      wake()
    }
  }

  /** The next item, or nothing once the right is lost: also where a subscription forgets to look at `until`. */
  function nextOf(iterator: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
    return new Promise((resolve, reject) => {
      wake = () => resolve({ done: true, value: undefined })
      iterator.next().then(resolve, reject)
    })
  }

  return {
    until: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal,
    /** What a subscription yields, until the caller may have it no more; then it fails with the reason. */
    async *guard(items: unknown): AsyncGenerator<unknown, void> {
      const iterator = (items as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      const stop = again(look)
      try {
        for (;;) {
          const next = await nextOf(iterator)
          if (failure) throw failure
          if (next.done) return
          yield next.value
        }
      } finally {
        stop()
        iterator.return?.().catch(() => {})
      }
    },
  }
}
