import type { IncomingMessage } from 'node:http'
import type { Caller } from '@/server/identity/activity/audit-actor'
import { addressOf, type TrustedProxies } from '@/server/platform/address'
import { shortUserAgent } from './user-agent'

export function callerOf(request: IncomingMessage, trusted: TrustedProxies): Caller {
  return { address: addressOf(request, trusted), userAgent: shortUserAgent(request.headers['user-agent']) }
}
