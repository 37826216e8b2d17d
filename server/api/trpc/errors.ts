import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { isConnectionError, isReadOnlyError } from '@/db/errors'
import { ApiError, type FailureReason, failureCodes } from '@/server/domain/errors'
import { inputError } from '@/server/domain/input-fault'

/** Translates any error into the one that callers see, with its reason, a sentence, and the invalid field if there is one. */
export function failureOf(error: unknown): ApiError {
  const cause = error instanceof TRPCError && error.cause ? error.cause : error
  if (cause instanceof ApiError) return cause
  if (cause instanceof z.ZodError) return inputError(cause)
  if (error instanceof TRPCError && error.code !== 'INTERNAL_SERVER_ERROR') return protocolFailure(error)
  if (isReadOnlyError(cause)) return new ApiError('unavailable', 'The database is read-only at the moment. Try again.')
  if (isConnectionError(cause))
    return new ApiError('unavailable', 'The database does not answer at the moment. Try again.')
  return new ApiError('internal', 'Something went wrong in the server; its log says what.')
}

export function trpcErrorOf(error: unknown): TRPCError {
  const failure = failureOf(error)
  return new TRPCError({ code: failureCodes[failure.reason], message: failure.message, cause: failure })
}

const protocolReasons: Partial<Record<TRPCError['code'], FailureReason>> = {
  NOT_FOUND: 'not_found',
  UNAUTHORIZED: 'unauthenticated',
  FORBIDDEN: 'forbidden',
  PAYLOAD_TOO_LARGE: 'too_large',
  TOO_MANY_REQUESTS: 'rate_limited',
  SERVICE_UNAVAILABLE: 'unavailable',
}

function protocolFailure(error: TRPCError): ApiError {
  return new ApiError(protocolReasons[error.code] ?? 'invalid_input', error.message)
}
