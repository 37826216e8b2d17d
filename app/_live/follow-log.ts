import type { ApiClient } from '@/app/_trpc/client'
import { keepSubscribed } from './keep-subscribed'
import type { LogEntry } from './log-buffer'

type LogHandlers = {
  onEntry(entry: LogEntry): void
  /** Whether the server that executes the run can be reached from the one that we are connected to. */
  onServerReachable(isReachable: boolean): void
  onEnd(): void
  onRefused(): void
}

/** Subscribes to the log from byte `offset()` on, again after each lost connection, until the log has ended. */
export function followLog(
  client: ApiClient,
  runId: string,
  offset: () => number,
  { onEntry, onServerReachable, onEnd, onRefused }: LogHandlers,
): () => void {
  return keepSubscribed(
    (handlers) =>
      client.run.onLog.subscribe(
        { runId, offset: offset(), tellsOwner: true },
        {
          ...handlers,
          onStarted() {
            handlers.onStarted()
            // A new subscription is notified again if that server cannot be reached.
            onServerReachable(true)
          },
          onData({ data }) {
            if (data.owner) onServerReachable(data.owner !== 'gone')
            else onEntry(data)
          },
          onComplete: onEnd,
        },
      ),
    onRefused,
  )
}
