import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { guardedLookup, refuseAddress } from './outbound'

export type HttpRequest = {
  url: string
  method: string
  headers: Record<string, string>
  body: string | null
  signal: AbortSignal
}

/** A redirect that is not followed, since it leads to another host or has no target. */
export class RedirectRefused extends Error {}

const mostRedirects = 5

/**
 * Sends a request and resolves with the head of its response, whose body is still unread. A redirect is followed on the
 * same host only, since the request contains a token. The signal is the only time limit; node:http, since fetch has its own of 300 s.
 */
export async function send(given: HttpRequest): Promise<IncomingMessage> {
  let request = given
  for (let redirects = 0; ; redirects++) {
    const response = await once(request)
    const target = locationOf(response, request.url)
    if (target === null) return response
    response.resume()
    if (target === '' || redirects === mostRedirects)
      throw new RedirectRefused('it redirects endlessly, or without a target')
    const to = new URL(target)
    if (to.host !== new URL(request.url).host || (to.protocol === 'http:' && request.url.startsWith('https:'))) {
      throw new RedirectRefused(`it redirects to another host, ${to.origin}. If that is right, set it as the URL`)
    }
    const isSeeOther = response.statusCode === 303
    request = { ...request, url: target, ...(isSeeOther ? { method: 'GET', body: null } : {}) }
  }
}

/** The same without following redirects. */
export function once({ url, method, headers, body, signal }: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? tlsRequest : plainRequest
    // A literal address is connected to without a lookup.
    refuseAddress(new URL(url).hostname)
    const framing = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    // No keep-alive: the other side may close an idle connection just as it is reused.
    const request = send(
      url,
      { method, headers: { ...headers, ...framing }, signal, agent: false, lookup: guardedLookup },
      resolve,
    )
    request.once('error', reject)
    request.end(body ?? undefined)
  })
}

/** The target of a redirect; null for other responses, empty where the target is missing or invalid. */
function locationOf(response: IncomingMessage, base: string): string | null {
  if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0)) return null
  const { location } = response.headers
  if (location === undefined || !URL.canParse(location, base)) return ''
  const url = new URL(location, base)
  return /^https?:$/.test(url.protocol) ? url.href : ''
}
