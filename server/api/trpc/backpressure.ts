import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'

const mostBuffered = 1024 * 1024

/** Waits while the viewer's socket has more than 1 MiB buffered: tRPC itself does not. */
export function untilDrained(socket: WebSocket | null, signal: AbortSignal): () => Promise<void> {
  return async () => {
    while (socket && socket.bufferedAmount > mostBuffered && !signal.aborted) await sleep(5)
  }
}
