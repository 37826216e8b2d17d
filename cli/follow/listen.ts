import { setTimeout as sleep } from 'node:timers/promises'
import { isTransient } from '@/cli/cli-error'
import { printNote } from '@/cli/print'

type Handlers = {
  onComplete(): void
  onError(error: unknown): void
  onConnectionStateChange(state: { state: string; error: unknown }): void
}

const retryAfterMs = 500

/**
 * Runs one subscription until it completes or `signal` aborts. The client reconnects by itself. A transient error, such as
 * a restart of the server, ends the subscription after a pause, so that the caller can subscribe again. Rejects with all
 * other errors.
 */
export async function listen(subscribe: (handlers: Handlers) => { unsubscribe(): void }, signal: AbortSignal) {
  if (signal.aborted) return
  let leave = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      const subscription = subscribe({ onComplete: resolve, onError: reject, onConnectionStateChange: noteConnection })
      leave = () => {
        subscription.unsubscribe()
        resolve()
      }
      signal.addEventListener('abort', leave)
    })
  } catch (error) {
    if (!isTransient(error)) throw error
    await pause(signal)
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** Repeats a call while the server is unavailable. Resolves to undefined if `signal` aborts. */
export async function retrying<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await call()
    } catch (error) {
      if (!isTransient(error)) throw error
      await pause(signal)
    }
  }
  return undefined
}

export async function pause(signal: AbortSignal): Promise<void> {
  await sleep(retryAfterMs, undefined, { signal }).catch(() => {})
}

let isLost = false

/** Prints a note once for all subscriptions, which share one connection. */
function noteConnection({ state, error }: { state: string; error: unknown }) {
  if (state === 'connecting' && error && !isLost) {
    isLost = true
    printNote('the connection is lost; reconnecting…')
  }
  if (state === 'pending' && isLost) {
    isLost = false
    printNote('connected again.')
  }
}
