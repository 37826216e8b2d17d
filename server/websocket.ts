import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { WebSocketServer } from 'ws'
import { authenticate, bearerOf, sessionOf } from './access/authenticate'
import { isOwnOrigin } from './api/origin'
import { callerOf, type TrustedProxies } from './network/address'
import { appRouter } from './routers/app-router'
import type { Context, Services } from './trpc/context'

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

const maxMessageBytes = 1_048_576

/** The one upgrade router: tRPC at `/api/trpc`, the rest to the pages (hot reload). */
export function createWebSockets(options: {
  services: Services
  publicUrl: string
  trusted: TrustedProxies
  pages: UpgradeListener | null
}) {
  const { services } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false })
  const handler = applyWSSHandler({
    wss: sockets,
    router: appRouter,
    createContext: ({ req, res, info }): Context => {
      const given = info.connectionParams?.token
      const bearer = typeof given === 'string' ? given : bearerOf(req.headers.authorization)
      const credentials = { bearer, session: sessionOf(req.headers.cookie) }
      const actor = () => authenticate(services.access, credentials)
      const caller = callerOf(req, options.trusted)
      // Looked at for each call: refusing the socket would only make the client come back for ever.
      return { services, socket: res, actor, caller }
    },
    keepAlive: { enabled: true, pingMs: 10_000, pongWaitMs: 5_000 },
  })

  let isStopping = false
  const upgrade: UpgradeListener = (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/api/trpc') {
      // Those who were told to come back come to this server while it still listens.
      if (isStopping) return refuse(socket, '503 Service Unavailable')
      if (!isOwnOrigin(request, options.publicUrl)) return refuse(socket, '403 Forbidden')
      return sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request))
    }
    if (options.pages) return options.pages(request, socket, head)
    refuse(socket, '404 Not Found')
  }

  return {
    upgrade,
    /** Tells clients to come back, then closes their sockets. */
    stop() {
      isStopping = true
      handler.broadcastReconnectNotification()
      for (const client of sockets.clients) client.close(1001)
      setTimeout(() => {
        for (const client of sockets.clients) client.terminate()
      }, 500).unref()
    },
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
