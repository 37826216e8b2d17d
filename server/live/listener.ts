import type { Feed } from './feed'

/** Keeps one ring between two waits, so that nothing falls between a look and a wait. */
export function createBell(feed: Feed, signal: AbortSignal) {
  let isRung = false
  let wake: (() => void) | undefined
  const ring = () => {
    isRung = true
    wake?.()
  }
  const unsubscribe = feed.subscribe(ring)
  signal.addEventListener('abort', ring)
  return {
    async rung() {
      if (!isRung) await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
      isRung = signal.aborted
    },
    close() {
      unsubscribe()
      signal.removeEventListener('abort', ring)
    },
  }
}
