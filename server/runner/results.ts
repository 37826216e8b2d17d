import type { Log } from '@/server/platform/logger'

export type Results = {
  /** The result posted for this run; rejects with the signal's reason when that fires first. */
  wait(runId: string, signal: AbortSignal): Promise<unknown>
  /** Looks at once, after a notification of a new result. */
  trigger(): void
}

const pollMs = 250

/** Waits for results that another process stores: one query for all runs that wait, and none while no run waits. */
export function createResults(options: {
  find(runIds: string[]): Promise<{ runId: string; body: unknown }[]>
  log: Pick<Log, 'warn'>
}): Results {
  const waiting = new Map<string, (body: unknown) => void>()
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  let isPoked = false

  async function look() {
    clearTimeout(timer)
    isLooking = true
    isPoked = false
    try {
      for (const { runId, body } of await options.find([...waiting.keys()])) waiting.get(runId)?.(body)
    } catch (err) {
      options.log.warn({ err }, 'could not look for posted results')
    }
    isLooking = false
    if (waiting.size > 0) timer = setTimeout(() => void look(), isPoked ? 0 : pollMs)
  }

  function trigger() {
    if (isLooking) isPoked = true
    else if (waiting.size > 0) void look()
  }

  return {
    trigger,
    async wait(runId, signal) {
      signal.throwIfAborted()
      return await new Promise((resolve, reject) => {
        const leave = () => {
          waiting.delete(runId)
          signal.removeEventListener('abort', aborted)
          if (waiting.size === 0) clearTimeout(timer)
        }
        const aborted = () => {
          leave()
          reject(signal.reason)
        }
        signal.addEventListener('abort', aborted, { once: true })
        waiting.set(runId, (body) => {
          leave()
          resolve(body)
        })
        trigger()
      })
    },
  }
}
