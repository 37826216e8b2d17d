import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'

type Asked = { method: string; url: string; headers: IncomingMessage['headers']; body: string }
export type HttpAgent = { url: string; asked: Asked[]; close(): void }

const open = new Set<() => void>()

/** An agent on loopback that keeps its requests, and responds as the test says. */
export async function startHttpAgent(answer: RequestListener): Promise<HttpAgent> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => (body += part))
    request.on('end', () => {
      asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      answer(request, response)
    })
  })
  const { url, close } = await listen(server, () => server.closeAllConnections())
  return { url, asked, close }
}

/** A TCP server on loopback that is not an HTTP server. */
export function startTcp(onSocket: (socket: Socket) => void): Promise<{ url: string; close(): void }> {
  return listen(createTcpServer(onSocket), () => {})
}

/** For `afterAll`. */
export function closeHttpAgents(): void {
  for (const close of open) close()
}

async function listen(server: Server | ReturnType<typeof createTcpServer>, cut: () => void) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    open.delete(close)
    cut()
    server.close()
  }
  open.add(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}
