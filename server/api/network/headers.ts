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

/** What only a proxy or Next itself may tell Next. */
const internalHeaders = /^(x-forwarded-|forwarded$|x-middleware-|x-nextjs-|x-invoke-|next-resume$|x-real-ip$)/

/** The sheet that Sonner puts into a page by itself, without a nonce: a test holds it against the package. */
export const toastStyles = 'sha256-StEaX+se6YS7pqjzrzMIA0KaX9zF/8zAhvQXZAe5epY='

/** It is put in empty first, then filled. */
const emptySheet = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='

const answersOfApi = "default-src 'none'; frame-ancestors 'none'"

/** The headers of every answer. */
export function setHeaders(response: ServerResponse, isTls: boolean): void {
  for (const [name, value] of Object.entries(always)) response.setHeader(name, value)
  response.setHeader('content-security-policy', answersOfApi)
  if (isTls) response.setHeader('strict-transport-security', 'max-age=31536000')
}

/**
 * The policy of a page: scripts run only with the nonce of this answer. Next takes the nonce from the header of the
 * request and puts it on its own scripts; the layout on ours.
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
    // Hot reload puts sheets into the page.
    `style-src 'self' ${isDev ? "'unsafe-inline'" : `'nonce-${nonce}' '${toastStyles}' '${emptySheet}'`}`,
    // Rows of the log, charts and menus place themselves.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    // Not every browser takes a socket of the same host for 'self'.
    `connect-src 'self' ${isTls ? 'wss' : 'ws'}://${host}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...(isTls ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}
