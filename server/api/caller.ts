import type { IncomingMessage } from 'node:http'
import type { Actor } from '@/server/access/actor'
import { authenticate, bearerOf, sessionOf } from '@/server/access/authenticate'
import { readRunToken } from '@/server/access/run-token'
import type { Services } from '@/server/trpc/context'

/** Who sent a request: its bearer, else its session cookie. `address` is where it comes from, for the limits. */
export async function actorOf(services: Services, request: IncomingMessage): Promise<Actor | null> {
  const bearer = bearerOf(request.headers.authorization)
  return await actorBy(services, request, bearer, sessionOf(request.headers.cookie))
}

/** The same with the credentials that a socket was given. */
export async function actorBy(
  services: Services,
  request: IncomingMessage,
  bearer: string | null,
  session: string | null,
): Promise<Actor | null> {
  const { access, guard, limits } = services
  const address = guard.caller(request).address ?? ''
  const isTrusted = bearer !== null && readRunToken(access.secretKey, bearer) !== null
  return await limits.admit({ address, credential: bearer ?? session, isTrusted }, () =>
    authenticate(access, { bearer, session }),
  )
}
