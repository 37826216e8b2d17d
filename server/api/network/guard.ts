import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '@/server/domain/errors'
import type { Caller } from '@/server/identity/activity/audit-actor'
import { addressOf, isForwardedTls, trustedProxies } from '@/server/platform/address'
import { callerOf } from './caller'
import { setHeaders, setPagePolicy } from './headers'
import { createHostCheck } from './hosts'
import type { Limits } from './limits'
import { isOwnOrigin, isReading } from './origin'

export type GuardSettings = {
  host: string
  publicUrl: string
  allowedHosts: readonly string[]
  trustedProxies: readonly string[]
  limits: Limits
}

/** The checks that every request passes before it reaches a route. */
export type Guard = {
  /** Error: `forbidden` for a host name or an origin that is not this server's. */
  check(request: IncomingMessage, response: ServerResponse): void
  /** For a page: sets its content security policy and applies the limit of its address. */
  page(request: IncomingMessage, response: ServerResponse): void
  /** For a WebSocket; `leave` when it has closed. Errors: `forbidden`, `rate_limited`. */
  socket(request: IncomingMessage): { leave(): void }
  caller(request: IncomingMessage): Caller
  /** Whether the browser uses TLS, to this server's public address or to a trusted proxy. */
  isTls(request: IncomingMessage): boolean
}

export function createGuard(settings: GuardSettings): Guard {
  const { publicUrl, limits } = settings
  const trusted = trustedProxies(settings.trustedProxies)
  const checkHost = createHostCheck({ host: settings.host, publicUrl, allowed: settings.allowedHosts })
  const isPublicTls = publicUrl.startsWith('https:')
  const isTls = (request: IncomingMessage) => isPublicTls || isForwardedTls(request, trusted)

  function checkOrigin(request: IncomingMessage): void {
    if (isOwnOrigin(request, publicUrl)) return
    throw new ApiError('forbidden', 'This request comes from a page of another site.')
  }

  return {
    isTls,
    caller: (request) => callerOf(request, trusted),
    check(request, response) {
      setHeaders(response, isTls(request))
      checkHost(request)
      if (!isReading(request)) checkOrigin(request)
    },
    page(request, response) {
      const isAsset = request.url?.startsWith('/_next/static/') ?? false
      if (!isAsset) limits.page(addressOf(request, trusted))
      setPagePolicy(request, response, isTls(request))
    },
    socket(request) {
      checkHost(request)
      checkOrigin(request)
      return limits.socket(addressOf(request, trusted))
    },
  }
}
