import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type Proxy = {
  url: string
  /** Ends every connection as a broken network does, at both ends. */
  cut(): void
  /** Cuts, and refuses whoever comes until `mend`. */
  breakDown(): void
  /** Cuts, and listens no more until `accept`: the system refuses whoever comes. */
  refuse(): Promise<void>
  accept(): Promise<void>
  mend(): void
  /** From now on what the server answers is lost, though it hears what it is asked; until `mend`. */
  deafen(): void
  close(): Promise<void>
}

/** A way to a server that can be cut: one at a URL, or at the path of a socket. */
export async function createProxy(server: string): Promise<Proxy> {
  const { hostname, port } = server.startsWith('/') ? { hostname: '', port: '' } : new URL(server)
  const sockets = new Set<Socket>()
  const outwards = new Set<Socket>()
  let isBroken = false
  let isDeaf = false
  const listener = createServer((inward) => {
    if (isBroken) return void inward.resetAndDestroy()
    const outward = hostname ? connect(Number(port), hostname) : connect(server)
    outwards.add(outward.on('close', () => outwards.delete(outward)))
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
      if (socket === inward || !isDeaf) socket.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  const ownPort = typeof address === 'object' ? address?.port : undefined
  const cut = () => {
    for (const socket of sockets) {
      // Only TCP knows a reset.
      if (socket.remoteFamily === undefined) socket.destroy()
      else socket.resetAndDestroy()
    }
  }
  const stopListening = async () => {
    const closed = listener.listening ? once(listener, 'close') : null
    listener.close()
    cut()
    await closed
  }
  return {
    url: `http://127.0.0.1:${ownPort}`,
    cut,
    breakDown() {
      isBroken = true
      cut()
    },
    refuse: stopListening,
    async accept() {
      if (!listener.listening) await once(listener.listen(ownPort, '127.0.0.1'), 'listening')
    },
    mend() {
      isBroken = false
      isDeaf = false
    },
    deafen() {
      isDeaf = true
      for (const outward of outwards) outward.unpipe().pause()
    },
    close: stopListening,
  }
}
