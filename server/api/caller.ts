import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Actor } from '@/server/access/actor'
import { cutWhenLost } from '@/server/access/again'
import { authenticate, bearerOf, sessionOf } from '@/server/access/authenticate'
import { createGate, type Gate, reachAgain } from '@/server/access/gate'
import type { Rule } from '@/server/access/permissions'
import { readRunToken } from '@/server/access/run-token'
import { Failure } from '@/server/domain/errors'
import type { Services } from '@/server/trpc/context'

type Entrance = { services: Services; request: IncomingMessage; response: ServerResponse; rule: Rule }

/** The gate of who sent a request; what is sent for long is cut when it is theirs no more. Errors: `unauthenticated`, `forbidden`. */
export async function enter({ services, request, response, rule }: Entrance): Promise<Gate> {
  const open = async () => {
    const actor = await actorOf(services, request)
    if (!actor) throw new Failure('unauthenticated', 'Sign in, or send a token: Authorization: Bearer TOKEN.')
    return createGate(services.database.sql, actor, rule)
  }
  const gate = await open()
  cutWhenLost(response, async () => reachAgain(gate, await open()))
  return gate
}

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
