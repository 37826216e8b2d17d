import { createWSClient } from '@trpc/client'
import { WebSocket } from 'ws'

export type Socket = ReturnType<typeof openSocket>

/** The socket for subscriptions: opened by the first one, reconnected when it is lost, until `close`. */
export function openSocket(url: string, token: string) {
  const brakes = new Set<string>()
  let current: WebSocket | null = null

  class BrakedWebSocket extends WebSocket {
    constructor(address: string) {
      super(address)
      current = this
      this.on('open', () => {
        if (brakes.size > 0) this.pause()
      })
    }
  }

  const client = createWSClient({
    url: `${url.replace(/^http/, 'ws')}/api/trpc`,
    // tRPC's type is the browser's class. The class of ws has all that tRPC uses.
    WebSocket: BrakedWebSocket as never,
    connectionParams: { token },
    lazy: { enabled: true, closeMs: 60_000 },
    keepAlive: { enabled: true, intervalMs: 10_000, pongTimeoutMs: 5000 },
    // With jitter, so that many clients do not reconnect at once.
    retryDelayMs: (attempt) => Math.min(4000, 100 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  })

  return {
    client,
    /** Stops reading until every holder has released its brake, so that data waits at the server and not in our memory. */
    brake(holder: string) {
      brakes.add(holder)
      current?.pause()
    },
    release(holder: string) {
      brakes.delete(holder)
      if (brakes.size === 0) current?.resume()
    },
    close() {
      void client.close()
      current?.terminate()
    },
  }
}
