import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Executor } from '@/db/client'
import type { Services } from '@/server/api/trpc/context'
import { ApiError } from '@/server/domain/errors'
import { type Actor, credentialOf } from '@/server/identity/access/actor'
import { authenticate, bearerOf, type Credentials, sessionOf } from '@/server/identity/access/authenticate'
import { createGate, type Gate } from '@/server/identity/access/gate'
import type { Rule } from '@/server/identity/access/permissions'
import { cutWhenRefused } from '@/server/identity/access/reauthorize'
import { readRunToken } from '@/server/identity/access/run-token'

type Entry = { services: Services; request: IncomingMessage; response: ServerResponse; rule: Rule }

/** The gate of a request's sender. A long answer is cut when they lose the right to it. Errors: `unauthenticated`, `forbidden`. */
export async function enter({ services, request, response, rule }: Entry): Promise<Gate> {
  const authenticated = async (sql?: Executor) => {
    const actor = await actorOf(services, request, sql)
    if (!actor) throw new ApiError('unauthenticated', 'Sign in, or send a token: Authorization: Bearer TOKEN.')
    return actor
  }
  const actor = await authenticated()
  const gate = createGate(services.database.sql, actor, rule)
  const { reached } = gate
  const credential = credentialOf(actor)
  cutWhenRefused(services.reauthorizer, response, { credential, authenticate: authenticated, rule, reached })
  return gate
}

/** The sender of a request, by its bearer token, else by its session cookie. */
export async function actorOf(
  services: Services,
  request: IncomingMessage,
  sql: Executor = services.database.sql,
): Promise<Actor | null> {
  const bearer = bearerOf(request.headers.authorization)
  return await actorBy(services, request, { bearer, session: sessionOf(request.headers.cookie) }, sql)
}

/** The same with the credentials of a socket. */
export async function actorBy(
  services: Services,
  request: IncomingMessage,
  { bearer, session }: Credentials,
  sql: Executor = services.database.sql,
): Promise<Actor | null> {
  const { access, guard, limits } = services
  const address = guard.caller(request).address ?? ''
  const isTrusted = bearer !== null && readRunToken(access.secretKey, bearer) !== null
  return await limits.admit({ address, credential: bearer ?? session, isTrusted }, () =>
    authenticate({ ...access, sql }, { bearer, session }),
  )
}
