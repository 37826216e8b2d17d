import type { IncomingMessage } from 'node:http'

/**
 * Whether a request comes from a page of this server, or from no page. `Host` must have been checked before: an origin
 * that equals the host is then one of this server's.
 */
export function isOwnOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const { origin, host } = request.headers
  // Old browsers omit Origin in some requests. Sec-Fetch-Site can still reveal another site.
  if (origin === undefined) return !['cross-site', 'same-site'].includes(String(request.headers['sec-fetch-site']))
  if (!URL.canParse(origin)) return false
  const { origin: exact, host: from, protocol } = new URL(origin)
  return exact === new URL(publicUrl).origin || (/^https?:$/.test(protocol) && from === host?.toLowerCase())
}

/** Methods that change nothing. */
export function isReading(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS'
}
