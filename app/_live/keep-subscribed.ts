import { isForbidden, isMissing, isSignedOut } from '@/app/_trpc/api-error'
import { reconnectDelayMs } from '@/app/_trpc/reconnect-delay'

type Handlers = { onStarted(): void; onError(error: unknown): void }

/**
 * Keeps a subscription going: the socket comes back by itself, but a subscription that ended with an error does not. It
 * is begun again after a jittered wait, unless another try can not help. Answers the function that stops it.
 */
export function keepSubscribed(
  subscribe: (handlers: Handlers) => { unsubscribe(): void },
  onRefused: (error: unknown) => void = () => {},
): () => void {
  let current: { unsubscribe(): void } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  let stopped = false

  function begin() {
    current = subscribe({
      onStarted() {
        attempt = 0
      },
      onError(error) {
        if (stopped) return
        if (isSignedOut(error) || isMissing(error) || isForbidden(error)) onRefused(error)
        else timer = setTimeout(begin, reconnectDelayMs(attempt++))
      },
    })
  }

  begin()
  return () => {
    stopped = true
    clearTimeout(timer)
    current?.unsubscribe()
  }
}
