import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type Proxy = {
  url: string
  /** Ends every connection as a broken network does, at both ends. */
  cut(): void
  /** Cuts, and refuses whoever comes until `mend`. */
  breakDown(): void
  mend(): void
  close(): Promise<void>
}

/** A way to a server that can be cut. */
export async function createProxy(serverUrl: string): Promise<Proxy> {
  const { hostname, port } = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let isBroken = false
  const server = createServer((inward) => {
    if (isBroken) return void inward.resetAndDestroy()
    const outward = connect(Number(port), hostname)
    for (const [socket, other] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
      socket.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    cut,
    breakDown() {
      isBroken = true
      cut()
    },
    mend() {
      isBroken = false
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
