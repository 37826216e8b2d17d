import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { ApiError } from '@/server/domain/errors'

export type HostSettings = {
  /** The address that the server listens on: HOST. */
  host: string
  publicUrl: string
  /** Further names, with or without a port. */
  allowed: readonly string[]
}

/**
 * A page of another site can point its own name at this server (DNS rebinding), and the browser then treats it as a page
 * of this server: so only requests under this server's names are answered. An address cannot be rebound: the one that
 * was connected to is accepted.
 */
export function createHostCheck(settings: HostSettings): (request: IncomingMessage) => void {
  const names = new Set(
    ['localhost', nameOf(settings.host), new URL(settings.publicUrl).hostname, ...settings.allowed].map((name) =>
      name.toLowerCase(),
    ),
  )
  return (request) => {
    const hosts = request.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
    const host = request.headers.host ?? ''
    if (hosts.length !== 1 || !/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) {
      throw new ApiError('invalid_input', 'The request must name one host.')
    }
    const name = new URL(`http://${host}`).hostname.toLowerCase()
    if (names.has(name) || names.has(host.toLowerCase()) || isLoopbackName(name)) return
    const address = name.replace(/^\[|\]$/g, '')
    if (isIP(address) && address === withoutMappedPrefix(request.socket.localAddress)) return
    throw new ApiError(
      'forbidden',
      'This server does not answer to that name. Set REVEILLE_PUBLIC_URL, or add the name to REVEILLE_ALLOWED_HOSTS.',
    )
  }
}

export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

function nameOf(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}

function withoutMappedPrefix(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
}
