import type { IncomingMessage, ServerResponse } from 'node:http'
import { Failure, type FailureReason } from '@/server/domain/errors'

const httpStatus = {
  'agent.paused': 409,
  'agent.terminated': 409,
  'company.paused': 409,
  'company.archived': 409,
  'budget.exceeded': 409,
  'wakeup.too_deep': 409,
  'wakeup.too_many': 429,
  invalid_input: 400,
  not_found: 404,
  unauthenticated: 401,
  forbidden: 403,
  idempotency_conflict: 409,
  name_taken: 409,
  illegal_status: 409,
  in_use: 409,
  last_owner: 409,
  too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
} as const satisfies Record<FailureReason, number>

const mostThrownAwayBytes = 16 * 1_048_576

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

/** `{ error: { reason, message, path? } }` with the status of the reason. */
export function sendFailure(response: ServerResponse, failure: Failure): void {
  if (response.headersSent) return void response.destroy()
  const { reason, message, path, retryAfterSec } = failure
  if (retryAfterSec !== undefined) response.setHeader('retry-after', String(retryAfterSec))
  sendJson(response, httpStatus[reason], { error: { reason, message, ...(path ? { path } : {}) } })
}

/** The whole body as text. Errors: `too_large`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  // What is too much is still read, up to a point: who is cut off while sending never hears why.
  for await (const part of request) {
    size += (part as Buffer).length
    if (size <= maxBytes) parts.push(part as Buffer)
    if (size > maxBytes + mostThrownAwayBytes) break
  }
  if (size > maxBytes) throw new Failure('too_large', `The body must have at most ${maxBytes} bytes.`)
  return Buffer.concat(parts).toString('utf8')
}

export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const text = await readBody(request, maxBytes)
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure('invalid_input', 'The body must be JSON.')
  }
}
