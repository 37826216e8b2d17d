import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

const always = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
} as const

/** Headers that Next accepts from a proxy or from itself: a client must not set them. */
const internalHeaders = /^(x-forwarded-|forwarded$|x-middleware-|x-nextjs-|x-invoke-|next-resume$|x-real-ip$)/

/** The hash of the style sheet that Sonner inserts without a nonce: a test compares it with the package. */
export const toastStyles = 'sha256-StEaX+se6YS7pqjzrzMIA0KaX9zF/8zAhvQXZAe5epY='

/** Sonner inserts the sheet empty, then fills it. */
const emptySheet = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='

const apiPolicy = "default-src 'none'; frame-ancestors 'none'"

/** The headers of every answer. */
export function setHeaders(response: ServerResponse, isTls: boolean): void {
  for (const [name, value] of Object.entries(always)) response.setHeader(name, value)
  response.setHeader('content-security-policy', apiPolicy)
  if (isTls) response.setHeader('strict-transport-security', 'max-age=31536000')
}

/**
 * Sets the policy of a page: scripts run only with the nonce of this answer. Next reads the nonce from the request's
 * header and sets it on its own scripts; the layout sets it on ours.
 */
export function setPagePolicy(request: IncomingMessage, response: ServerResponse, isTls: boolean): void {
  for (const name of Object.keys(request.headers)) if (internalHeaders.test(name)) delete request.headers[name]
  const nonce = randomBytes(16).toString('base64')
  const policy = pagePolicy(nonce, request.headers.host ?? '', isTls)
  request.headers['content-security-policy'] = policy
  request.headers['x-nonce'] = nonce
  response.setHeader('content-security-policy', policy)
}

function pagePolicy(nonce: string, host: string, isTls: boolean): string {
  const isDev = process.env.NODE_ENV === 'development'
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? " 'unsafe-eval'" : ''}`,
    // Hot reload inserts style sheets.
    `style-src 'self' ${isDev ? "'unsafe-inline'" : `'nonce-${nonce}' '${toastStyles}' '${emptySheet}'`}`,
    // Log rows, charts and menus position themselves by style attributes.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    // Not every browser counts a WebSocket to the same host as 'self'.
    `connect-src 'self' ${isTls ? 'wss' : 'ws'}://${host}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(isTls ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}
