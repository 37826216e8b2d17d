import { createWSClient } from '@trpc/client'
import { WebSocket } from 'ws'

export type Socket = ReturnType<typeof openSocket>

/** The socket for subscriptions: opened by the first, kept through lost connections, until `close`. */
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
    // tRPC asks for the browser's class, of which ws has all that is used.
    WebSocket: BrakedWebSocket as never,
    connectionParams: { token },
    lazy: { enabled: true, closeMs: 60_000 },
    keepAlive: { enabled: true, intervalMs: 10_000, pongTimeoutMs: 5000 },
    // Spread, so that many do not come back at once.
    retryDelayMs: (attempt) => Math.min(4000, 100 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  })

  return {
    client,
    /** While anyone brakes, nothing more is read: what is sent waits at the server, not in our memory. */
    brake(who: string) {
      brakes.add(who)
      current?.pause()
    },
    release(who: string) {
      brakes.delete(who)
      if (brakes.size === 0) current?.resume()
    },
    close() {
      void client.close()
      current?.terminate()
    },
  }
}
