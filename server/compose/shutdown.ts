import type { Log } from '@/server/platform/logger'
import type { ServiceList } from '@/server/platform/service'

const longestForcedStopMs = 10_000

/** npm passes on the signal that its whole group was sent, by a terminal too: two of them at once are one request. */
const sameRequestMs = 150

export type Shutdown = {
  /** Stops all services and exits with `code`. A further request stops the runs at once. */
  request(code: number, signal?: NodeJS.Signals): void
  hasBegun(): boolean
  /** How the runs are stopped at once. */
  onForced(stopRuns: () => void): void
  /** The start, which a request waits for: what is being started cannot be stopped. */
  waitFor(start: Promise<void>): void
  /** Stops all services after a start that failed; resolves when they have stopped. */
  undoStart(): Promise<void>
}

/** The one way in which the server stops, however many requests it gets. */
export function createShutdown(options: { services: ServiceList; drainMs: number; log: Log }): Shutdown {
  const { services, drainMs, log } = options
  let stopping: Promise<void> | null = null
  let start: Promise<void> = Promise.resolve()
  let stopRuns = () => {}
  let first: { signal: NodeJS.Signals | undefined; at: number } = { signal: undefined, at: 0 }

  async function stop(code: number) {
    await start.catch(() => {})
    await services.stop((err, service) => log.error({ err, service }, 'a service did not stop in order'))
    process.exit(code)
  }

  function force(code: number, signal?: NodeJS.Signals) {
    if (signal && signal === first.signal && performance.now() - first.at < sameRequestMs) return
    stopRuns()
    // Even if a service does not stop: nobody asks twice in order to wait.
    setTimeout(() => process.exit(code), longestForcedStopMs).unref()
  }

  return {
    request(code, signal) {
      if (stopping) return force(code, signal)
      first = { signal, at: performance.now() }
      if (signal) log.info({ drainMs }, 'stopping: running runs may end; a second signal stops them at once')
      stopping = stop(code)
    },
    hasBegun: () => stopping !== null,
    onForced(stopAtOnce) {
      stopRuns = stopAtOnce
    },
    waitFor(running) {
      start = running
    },
    async undoStart() {
      stopping ??= services.stop(() => {})
      await stopping
    },
  }
}
