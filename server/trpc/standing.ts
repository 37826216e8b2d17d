import { Failure } from '@/server/domain/errors'

const againMs = 2000

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
      // A database that is away takes nobody's rights: it is asked again.
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
      let isOver = false
      let timer = setTimeout(again, againMs)
      async function again() {
        await look()
        if (!failure && !isOver) timer = setTimeout(again, againMs)
      }
      try {
        for (;;) {
          const next = await nextOf(iterator)
          if (failure) throw failure
          if (next.done) return
          yield next.value
        }
      } finally {
        isOver = true
        clearTimeout(timer)
        iterator.return?.().catch(() => {})
      }
    },
  }
}

function isRefusal(error: unknown): error is Failure {
  return error instanceof Failure && ['unauthenticated', 'forbidden', 'not_found'].includes(error.reason)
}
