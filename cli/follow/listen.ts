import { setTimeout as sleep } from 'node:timers/promises'
import { isPassing } from '@/cli/cli-error'
import { printNote } from '@/cli/print'

type Handlers = {
  onComplete(): void
  onError(error: unknown): void
  onConnectionStateChange(state: { state: string; error: unknown }): void
}

const againMs = 500

/**
 * One subscription until it completes or `signal` aborts; a lost connection is mended underneath it. What passes by
 * itself (a server that restarts) also just ends it, after a moment: the caller looks and listens again. Rejects with
 * what the server refuses with.
 */
export async function listen(subscribe: (handlers: Handlers) => { unsubscribe(): void }, signal: AbortSignal) {
  if (signal.aborted) return
  let leave = () => {}
  try {
    await new Promise<void>((resolve, reject) => {
      const subscription = subscribe({ onComplete: resolve, onError: reject, onConnectionStateChange: tellConnection })
      leave = () => {
        subscription.unsubscribe()
        resolve()
      }
      signal.addEventListener('abort', leave)
    })
  } catch (error) {
    if (!isPassing(error)) throw error
    await pause(signal)
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** The answer of a call, asked for again while the server is away; undefined when `signal` aborts. */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await call()
    } catch (error) {
      if (!isPassing(error)) throw error
      await pause(signal)
    }
  }
  return undefined
}

export async function pause(signal: AbortSignal): Promise<void> {
  await sleep(againMs, undefined, { signal }).catch(() => {})
}

let isLost = false

/** Said once for all subscriptions of the process, which share one connection. */
function tellConnection({ state, error }: { state: string; error: unknown }) {
  if (state === 'connecting' && error && !isLost) {
    isLost = true
    printNote('the connection is lost; trying again …')
  }
  if (state === 'pending' && isLost) {
    isLost = false
    printNote('connected again.')
  }
}
