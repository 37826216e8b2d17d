import type { IncomingMessage } from 'node:http'
import { ApiError } from '@/server/domain/errors'

/** The path and query of a request. Error: `invalid_input` for anything except a path on this server. */
export function urlOf(request: IncomingMessage): URL {
  const given = request.url ?? '/'
  if (given.startsWith('/') && URL.canParse(given, 'http://localhost')) {
    const url = new URL(given, 'http://localhost')
    if (url.host === 'localhost' && isDecodable(url.pathname)) return url
  }
  throw new ApiError('invalid_input', 'The request must name a path.')
}

/** Whether its percent escapes decode to text. */
function isDecodable(pathname: string): boolean {
  try {
    decodeURIComponent(pathname)
    return true
  } catch {
    return false
  }
}
