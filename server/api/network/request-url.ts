import type { IncomingMessage } from 'node:http'
import { ApiError } from '@/server/domain/errors'

/** The path and query of a request. Errors: `invalid_input` for what is no path, or a path to elsewhere. */
export function urlOf(request: IncomingMessage): URL {
  const given = request.url ?? '/'
  if (given.startsWith('/') && URL.canParse(given, 'http://localhost')) {
    const url = new URL(given, 'http://localhost')
    if (url.host === 'localhost' && isReadable(url.pathname)) return url
  }
  throw new ApiError('invalid_input', 'The request must name a path.')
}

/** Whether its escapes are those of text. */
function isReadable(pathname: string): boolean {
  try {
    decodeURIComponent(pathname)
    return true
  } catch {
    return false
  }
}
