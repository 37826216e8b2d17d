import { refusingSkipReasons } from './wakeup-status'

/** All reasons for which a call can fail: `data.reason` of every error. */
export const failureReasons = [
  ...refusingSkipReasons,
  'invalid_input',
  'not_found',
  'unauthenticated',
  'forbidden',
  'idempotency_conflict',
  'name_taken',
  'illegal_status',
  'in_use',
  'last_owner',
  'too_large',
  'rate_limited',
  'unavailable',
  'internal',
] as const
export type FailureReason = (typeof failureReasons)[number]

export const failureCodes = {
  'agent.paused': 'CONFLICT',
  'agent.terminated': 'CONFLICT',
  'company.paused': 'CONFLICT',
  'company.archived': 'CONFLICT',
  'budget.exceeded': 'CONFLICT',
  'queue.full': 'CONFLICT',
  'wakeup.too_deep': 'CONFLICT',
  'wakeup.too_many': 'TOO_MANY_REQUESTS',
  invalid_input: 'BAD_REQUEST',
  not_found: 'NOT_FOUND',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  idempotency_conflict: 'CONFLICT',
  name_taken: 'CONFLICT',
  illegal_status: 'CONFLICT',
  in_use: 'CONFLICT',
  last_owner: 'CONFLICT',
  too_large: 'PAYLOAD_TOO_LARGE',
  rate_limited: 'TOO_MANY_REQUESTS',
  unavailable: 'SERVICE_UNAVAILABLE',
  internal: 'INTERNAL_SERVER_ERROR',
} as const satisfies Record<FailureReason, string>

/** An error that the caller can act on; the only one whose message leaves the server. */
export class ApiError extends Error {
  constructor(
    readonly reason: FailureReason,
    message: string,
    /** The field at fault, such as `adapterConfig.timeoutSec`. */
    readonly path?: string,
    /** Seconds to wait before a retry, with `rate_limited`: `Retry-After` over HTTP. */
    readonly retryAfterSec?: number,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

export function notFound(noun: string): ApiError {
  return new ApiError('not_found', `No ${noun} with this id.`)
}
