import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import { WebSocket, WebSocketServer } from 'ws'
import type { Executor } from '@/db/client'
import { createBuckets } from '@/server/api/network/bucket'
import { urlOf } from '@/server/api/network/request-url'
import { actorBy } from '@/server/api/rest/caller'
import { appRouter } from '@/server/api/routers/app-router'
import type { Context, Services } from '@/server/api/trpc/context'
import { failureOf } from '@/server/api/trpc/errors'
import { createSharedEncoder } from '@/server/api/trpc/shared-encoder'
import { bearerOf, sessionOf } from '@/server/identity/access/authenticate'

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

const maxMessageBytes = 1_048_576

/** The one upgrade router: tRPC at `/api/trpc`, the rest to the pages (hot reload). */
export function createWebSockets(options: { services: Services; pages: UpgradeListener | null }) {
  const { services } = options
  const sockets = new WebSocketServer({
    noServer: true,
    WebSocket: TextSocket,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  })
  const handler = applyWSSHandler({
    wss: sockets,
    router: appRouter,
    experimental_encoder: createSharedEncoder(),
    createContext: ({ req, res, info }): Context => {
      const given = info.connectionParams?.token
      const bearer = typeof given === 'string' ? given : bearerOf(req.headers.authorization)
      const session = sessionOf(req.headers.cookie)
      const actor = (sql?: Executor) => actorBy(services, req, { bearer, session }, sql)
      const caller = services.guard.caller(req)
      // Looked at for each call: refusing the socket would only make the client come back for ever.
      return { services, socket: res, actor, caller }
    },
    keepAlive: { enabled: true, pingMs: 10_000, pongWaitMs: 5_000 },
  })

  let isStopping = false
  const upgrade: UpgradeListener = (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const place = placeOf(request)
    if (place === null) return refuse(socket, '400 Bad Request')
    if (place === '/api/trpc') {
      // Those who were told to come back come to this server while it still listens.
      if (isStopping) return refuse(socket, '503 Service Unavailable')
      return admit(request, socket, head)
    }
    if (options.pages) return options.pages(request, socket, head)
    refuse(socket, '404 Not Found')
  }

  function admit(request: IncomingMessage, socket: Duplex, head: Buffer) {
    try {
      const place = services.guard.socket(request)
      socket.once('close', () => place.leave())
    } catch (error) {
      const { reason, retryAfterSec } = failureOf(error)
      if (reason !== 'rate_limited') return refuse(socket, '403 Forbidden')
      return refuse(socket, '429 Too Many Requests', `Retry-After: ${retryAfterSec}\r\n`)
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      limitMessages(client)
      sockets.emit('connection', client, request)
    })
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

/** What is said here is JSON: text, also where it is encoded already. */
class TextSocket extends WebSocket {
  override send(data: string | Uint8Array): void {
    super.send(data, { binary: false })
  }
}

function placeOf(request: IncomingMessage): string | null {
  try {
    return urlOf(request).pathname
  } catch {
    return null
  }
}

/** A page that comes back asks for all it follows at once; nobody has to say this much for long. */
function limitMessages(client: WebSocket): void {
  const messages = createBuckets({ burst: 5000, perSec: 500 })
  client.on('message', () => {
    if (messages.take('') > 0) client.close(1008, 'Too many messages.')
  })
}

function refuse(socket: Duplex, status: string, headers = ''): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}Content-Length: 0\r\n\r\n`)
}
