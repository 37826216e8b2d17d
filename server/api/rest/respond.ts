import type { ServerResponse } from 'node:http'
import type { ApiError, FailureReason } from '@/server/domain/errors'
import { sendEarly } from './body'

const httpStatus = {
  'agent.paused': 409,
  'agent.terminated': 409,
  'company.paused': 409,
  'company.archived': 409,
  'budget.exceeded': 409,
  'queue.full': 409,
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

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  setJson(response, status)
  response.end(JSON.stringify(body))
}

function setJson(response: ServerResponse, status: number): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('cache-control', 'no-store')
}

/** `{ error: { reason, message, path? } }` with the status of the reason. */
export function sendError(response: ServerResponse, failure: ApiError): void {
  if (response.headersSent) return void response.destroy()
  const { reason, message, path, retryAfterSec } = failure
  if (retryAfterSec !== undefined) response.setHeader('retry-after', String(retryAfterSec))
  const body = { error: { reason, message, ...(path ? { path } : {}) } }
  setJson(response, httpStatus[reason])
  if (reason === 'too_large') sendEarly(response, JSON.stringify(body))
  else response.end(JSON.stringify(body))
}
