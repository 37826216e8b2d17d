import type { IncomingMessage } from 'node:http'
import type { Actor } from '@/server/access/actor'
import { authenticate, bearerOf, sessionOf } from '@/server/access/authenticate'
import type { Services } from '@/server/trpc/context'

/** Who sent a request: its bearer, else its session cookie. */
export async function actorOf(services: Services, request: IncomingMessage): Promise<Actor | null> {
  const bearer = bearerOf(request.headers.authorization)
  return await authenticate(services.access, { bearer, session: sessionOf(request.headers.cookie) })
}
