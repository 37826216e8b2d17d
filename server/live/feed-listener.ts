import type { Feed } from './feed'

/** Waits for the feed's notifications. One that arrives between two waits is kept, so that a reader misses none. */
export function createFeedListener(feed: Feed, signal: AbortSignal) {
  let isNotified = false
  let wake: (() => void) | undefined
  const notify = () => {
    isNotified = true
    wake?.()
  }
  const unsubscribe = feed.subscribe(notify)
  signal.addEventListener('abort', notify)
  return {
    /** Resolves at the next notification, or when `signal` aborts. */
    async wait() {
      if (!isNotified) await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
      isNotified = signal.aborted
    },
    close() {
      unsubscribe()
      signal.removeEventListener('abort', notify)
    },
  }
}
