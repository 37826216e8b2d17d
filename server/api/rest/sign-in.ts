import type { IncomingMessage, ServerResponse } from 'node:http'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { drizzleOn } from '@/db/drizzle'
import { people } from '@/db/schema'
import type { Services } from '@/server/api/trpc/context'
import { authenticate, sessionCookie, sessionOf } from '@/server/identity/access/authenticate'
import { sessionSeconds, signOut } from '@/server/identity/access/sessions'
import { signIn } from '@/server/identity/access/sign-in'
import type { Caller } from '@/server/identity/activity/audit-actor'
import { signInByPassword } from '@/server/identity/people/credentials'
import { emailInput, passwordInput } from '@/server/identity/people/inputs'
import { acceptInvitation, readInvitation } from '@/server/identity/people/invitations'
import { readBody, readJsonBody } from './body'
import { sendJson } from './respond'

const maxBytes = 4096
const linkToken = z.string().max(200)
const passwordSignIn = z.strictObject({ email: emailInput, password: z.string().max(200) })
const invitation = z.strictObject({ token: linkToken })
const acceptance = z.strictObject({
  token: linkToken,
  name: z.string().trim().min(1, 'must not be empty').max(200).optional(),
  password: z.string().max(200).optional(),
})

type Exchange = {
  services: Services
  isSecure: boolean
  caller: Caller
  request: IncomingMessage
  response: ServerResponse
}

/** The handlers that sign browsers in and out, by method and path. */
export const signInRoutes: Record<string, ((exchange: Exchange) => Promise<void>) | undefined> = {
  'POST /api/sign-in': postSignIn,
  'POST /api/sign-out': postSignOut,
  'POST /api/invitation': postInvitation,
  'POST /api/invitation/accept': postAcceptance,
}

/** A form's `token` uses a sign-in link up and is redirected; JSON `{ email, password }` gets `{ signedIn: true }`. Both set the cookie. */
async function postSignIn(exchange: Exchange): Promise<void> {
  const { services, request, response } = exchange
  const { sql } = services.database
  if (isJson(request)) {
    const given = passwordSignIn.parse(await readJsonBody(request, response, { maxBytes }))
    return signedIn(exchange, await signInByPassword(sql, given, exchange.caller))
  }
  const token = new URLSearchParams(await readBody(request, response, maxBytes)).get('token') ?? ''
  const result = await signIn(sql, token, exchange.caller)
  if (!result.ok) return redirect(response, `/sign-in?error=${result.why}`)
  response.setHeader('set-cookie', cookie(result.session, sessionSeconds, exchange.isSecure))
  redirect(response, '/')
}

async function postSignOut({ services, isSecure, caller, request, response }: Exchange): Promise<void> {
  const session = sessionOf(request.headers.cookie)
  if (session) await signOut(services.database.sql, session, caller)
  response.setHeader('set-cookie', cookie('', 0, isSecure))
  redirect(response, '/sign-in')
}

/** Describes an invitation; opening its link does not use it up. */
async function postInvitation({ services, request, response }: Exchange): Promise<void> {
  const { token } = invitation.parse(await readJsonBody(request, response, { maxBytes }))
  const found = await readInvitation(services.database.sql, token)
  const actor = await authenticate(services.access, { bearer: null, session: sessionOf(request.headers.cookie) })
  const person = actor?.kind === 'person' ? await emailOf(services, actor.personId) : null
  sendJson(response, 200, { ...found, isSignedIn: person === found.email })
}

async function postAcceptance(exchange: Exchange): Promise<void> {
  const { services, request, response } = exchange
  const given = acceptance.parse(await readJsonBody(request, response, { maxBytes }))
  const actor = await authenticate(services.access, { bearer: null, session: sessionOf(request.headers.cookie) })
  const signedInAs = actor?.kind === 'person' ? actor.personId : null
  const { sql } = services.database
  const { hasPassword } = await readInvitation(sql, given.token)
  if (hasPassword === null) newPassword.parse(given)
  signedIn(exchange, await acceptInvitation(sql, { ...given, signedInAs }, exchange.caller))
}

const newPassword = z.object({ name: z.string(), password: passwordInput })

async function emailOf(services: Services, personId: string): Promise<string | null> {
  const { sql } = services.database
  const [person] = await drizzleOn(sql).select({ email: people.email }).from(people).where(eq(people.id, personId))
  return person?.email ?? null
}

function signedIn({ response, isSecure }: Exchange, session: string): void {
  response.setHeader('set-cookie', cookie(session, sessionSeconds, isSecure))
  sendJson(response, 200, { signedIn: true })
}

function isJson(request: IncomingMessage): boolean {
  return request.headers['content-type']?.startsWith('application/json') === true
}

function cookie(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  const parts = [`${sessionCookie}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${maxAgeSeconds}`]
  return [...parts, ...(isSecure ? ['Secure'] : [])].join('; ')
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end()
}
