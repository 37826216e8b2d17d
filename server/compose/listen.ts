import { createServer, type RequestListener, type Server } from 'node:http'
import { isIPv6, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { thisRelease } from '@/db/release'
import { StartupError } from '@/server/domain/startup-error'
import type { Env } from '@/server/platform/env'
import type { UpgradeListener } from './websocket'

/** The port, taken before anything else; answers 503 until `serve` says who answers. */
export type Door = {
  url: string
  server: Server
  serve(request: RequestListener, upgrade: UpgradeListener | null): void
  close(): Promise<void>
}

export async function openDoor(env: Pick<Env, 'host' | 'port'>): Promise<Door> {
  let listener: RequestListener = (request, response) => {
    const isHealth = request.url === '/healthz'
    response.writeHead(isHealth ? 200 : 503, { 'content-type': 'application/json', 'retry-after': '1' })
    response.end(
      JSON.stringify(isHealth ? { ok: true, ...thisRelease() } : { ready: false, reason: 'The server is starting.' }),
    )
  }
  let upgradeListener: UpgradeListener = (_request, socket) => void socket.destroy()
  const server = createServer((request, response) => listener(request, response))
  // Whether the body is wanted, `readBody` says; a connection whose body was not asked for is closed.
  server.on('checkContinue', (request, response) => {
    response.setHeader('connection', 'close')
    listener(request, response)
  })
  server.on('upgrade', (request, socket, head) => upgradeListener(request, socket, head))
  // For a request to arrive whole; its answer may take as long as it does.
  server.headersTimeout = 20_000
  server.requestTimeout = 120_000
  // Longer than what proxies and clients keep idle connections for: one that is closed as a request comes loses it.
  server.keepAliveTimeout = 75_000
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await listen(server, env)
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : env.port
  return {
    url: `http://${isIPv6(env.host) ? `[${env.host}]` : env.host}:${port}`,
    server,
    serve(request, upgrade) {
      listener = request
      if (upgrade) upgradeListener = upgrade
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        // Also those that became web sockets, which the server itself no longer counts.
        setTimeout(() => {
          for (const socket of open) socket.destroy()
        }, 1000)
      }),
  }
}

/** Where other machines find this server: by the host's name, where it listens on all addresses. */
export function urlForOthers({ host }: Pick<Env, 'host'>, url: string): string {
  const isAnywhere = host === '0.0.0.0' || host === '::'
  return isAnywhere ? `http://${hostname()}:${new URL(url).port || 80}` : url
}

function listen(server: Server, { host, port }: Pick<Env, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartupError(complaint(error, host, port))))
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function complaint(error: NodeJS.ErrnoException, host: string, port: number): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `PORT ${port} on ${host} is taken: stop what listens there, or set PORT to another (0 picks a free one).`
    case 'EACCES':
      return `PORT ${port} may not be used by this user: set PORT to one above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST ${host} is no address of this machine.`
    default:
      return `Can not listen on ${host}:${port} (${error.code}).`
  }
}
