import { isForbidden, isMissing, isSignedOut } from '@/app/_trpc/api-error'
import { reconnectDelayMs } from '@/app/_trpc/reconnect-delay'

type Handlers = { onStarted(): void; onError(error: unknown): void }

/**
 * Subscribes again, after a jittered delay, when a subscription ends with an error: the socket reconnects by itself, but
 * subscriptions that failed do not. Errors that another attempt cannot fix go to `onRefused`. Returns the function that
 * stops it.
 */
export function keepSubscribed(
  subscribe: (handlers: Handlers) => { unsubscribe(): void },
  onRefused: (error: unknown) => void = () => {},
): () => void {
  let current: { unsubscribe(): void } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempt = 0
  let isStopped = false

  function start() {
    current = subscribe({
      onStarted() {
        attempt = 0
      },
      onError(error) {
        if (isStopped) return
        if (isSignedOut(error) || isMissing(error) || isForbidden(error)) onRefused(error)
        else timer = setTimeout(start, reconnectDelayMs(attempt++))
      },
    })
  }

  start()
  return () => {
    isStopped = true
    clearTimeout(timer)
    current?.unsubscribe()
  }
}
