import type { IncomingMessage } from 'node:http'

/**
 * Whether a request comes from a page of this server, or from no page at all. `Host` must have been checked before: an
 * origin that is the same as the host is then one of ours.
 */
export function isOwnOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const { origin, host } = request.headers
  // Old browsers leave Origin out of some requests; those that tell where they come from are believed when they say no.
  if (origin === undefined) return !['cross-site', 'same-site'].includes(String(request.headers['sec-fetch-site']))
  if (!URL.canParse(origin)) return false
  const { origin: exact, host: from, protocol } = new URL(origin)
  return exact === new URL(publicUrl).origin || (/^https?:$/.test(protocol) && from === host?.toLowerCase())
}

/** Methods that change nothing. */
export function isReading(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS'
}
