import type { IncomingMessage, ServerResponse } from 'node:http'
import { sessionCookie, sessionOf } from '@/server/access/authenticate'
import { sessionSeconds, signIn, signOut } from '@/server/access/sign-in'
import type { Services } from '@/server/trpc/context'
import { readBody } from './respond'

/** `POST /api/sign-in` with a form's `token`: uses the link up and sets the cookie. */
export async function postSignIn(
  services: Services,
  isSecure: boolean,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const token = new URLSearchParams(await readBody(request, 4096)).get('token') ?? ''
  const result = await signIn(services.database.sql, token)
  if (!result.ok) return redirect(response, `/sign-in?error=${result.why}`)
  response.setHeader('set-cookie', cookie(result.session, sessionSeconds, isSecure))
  redirect(response, '/')
}

export async function postSignOut(
  services: Services,
  isSecure: boolean,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const session = sessionOf(request.headers.cookie)
  if (session) await signOut(services.database.sql, session)
  response.setHeader('set-cookie', cookie('', 0, isSecure))
  redirect(response, '/sign-in')
}

function cookie(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  const parts = [`${sessionCookie}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${maxAgeSeconds}`]
  return [...parts, ...(isSecure ? ['Secure'] : [])].join('; ')
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'cache-control': 'no-store' }).end()
}
