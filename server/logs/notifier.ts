/** `grew`: there is more text. `ended`: the run is final. Notifications may get lost: readers poll as well. */
export type Notification = 'grew' | 'ended'
/** `silence`: there was no notification for a while, or the wait was aborted; read anyway. */
export type Change = Notification | 'silence'

export type Changes = {
  /** Resolves at once with a change since the last call (`ended` takes precedence over `grew`), else with the next one. */
  next(signal: AbortSignal): Promise<Change>
  close(): void
}

export type Notifier = { notify(key: string, what: Notification): void; subscribe(key: string): Changes }

type Subscription = { missed: Notification | undefined; wake: ((change: Change) => void) | undefined }

/** Wakes the waiting subscribers of a key. A notification between two waits is kept, so that a read cannot miss it. */
export function createLogNotifier({ silenceMs = 1000 }: { silenceMs?: number } = {}): Notifier {
  const subscriptions = new Map<string, Set<Subscription>>()
  return {
    notify(key, what) {
      for (const subscription of subscriptions.get(key) ?? []) {
        if (subscription.wake) subscription.wake(what)
        else if (subscription.missed !== 'ended') subscription.missed = what
      }
    },
    subscribe(key) {
      const own: Subscription = { missed: undefined, wake: undefined }
      const all = subscriptions.get(key) ?? new Set()
      subscriptions.set(key, all.add(own))
      return {
        next: (signal) => wait(own, silenceMs, signal),
        close() {
          all.delete(own)
          if (all.size === 0 && subscriptions.get(key) === all) subscriptions.delete(key)
          own.wake?.('silence')
        },
      }
    },
  }
}

function wait(own: Subscription, silenceMs: number, signal: AbortSignal): Promise<Change> {
  const { missed } = own
  own.missed = undefined
  if (missed) return Promise.resolve(missed)
  if (signal.aborted) return Promise.resolve('silence')
  return new Promise((resolve) => {
    const giveUp = () => own.wake?.('silence')
    const timer = setTimeout(giveUp, silenceMs)
    signal.addEventListener('abort', giveUp)
    own.wake = (change) => {
      own.wake = undefined
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      resolve(change)
    }
  })
}
