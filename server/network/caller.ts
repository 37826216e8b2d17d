import type { IncomingMessage } from 'node:http'
import type { Caller } from '@/server/activity/by'
import { addressOf, type TrustedProxies } from './address'
import { shortUserAgent } from './user-agent'

export function callerOf(request: IncomingMessage, trusted: TrustedProxies): Caller {
  return { address: addressOf(request, trusted), userAgent: shortUserAgent(request.headers['user-agent']) }
}
