export type Slots = {
  /** Resolves with true when a slot is free, first come, first served; with false when `signal` aborts before. */
  take(signal: AbortSignal): Promise<boolean>
  release(): void
}

/** Keeps a runner from running more than `count` programs at once, however many runs it holds. */
export function createSlots(count: number): Slots {
  let free = count
  const waiting = new Set<() => void>()
  return {
    take: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(false)
        if (free > 0) {
          free -= 1
          return resolve(true)
        }
        const give = () => {
          signal.removeEventListener('abort', leave)
          resolve(true)
        }
        const leave = () => {
          waiting.delete(give)
          resolve(false)
        }
        waiting.add(give)
        signal.addEventListener('abort', leave, { once: true })
      }),
    release() {
      const [next] = waiting
      if (!next) {
        free += 1
        return
      }
      waiting.delete(next)
      next()
    },
  }
}
