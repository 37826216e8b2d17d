import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that has nothing, not even a socket: it answers 404. `knocks`: when each request came, in ms. */
export async function openShutDoor(): Promise<{ url: string; knocks: number[]; close(): void }> {
  const knocks: number[] = []
  const server = createServer((_request, response) => {
    knocks.push(performance.now())
    response.writeHead(404, { connection: 'close' }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, knocks, close: () => void server.close() }
}
