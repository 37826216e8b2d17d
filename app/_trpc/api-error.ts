import { TRPCClientError } from '@trpc/client'

type ErrorData = { code?: string; reason?: string; path?: string | null }

/** The error data of the server's answer, or null if the server could not be reached. */
function dataOf(error: unknown): ErrorData | null {
  return error instanceof TRPCClientError && error.data ? (error.data as ErrorData) : null
}

export function isSignedOut(error: unknown): boolean {
  return dataOf(error)?.code === 'UNAUTHORIZED'
}

export function isForbidden(error: unknown): boolean {
  return dataOf(error)?.code === 'FORBIDDEN'
}

export function isMissing(error: unknown): boolean {
  const code = dataOf(error)?.code
  return code === 'NOT_FOUND' || code === 'BAD_REQUEST'
}

/** Whether a retry may succeed: the server was not reached, or reported a temporary failure. */
export function isTransient(error: unknown): boolean {
  const data = dataOf(error)
  return data === null || data.code === 'SERVICE_UNAVAILABLE' || data.code === 'INTERNAL_SERVER_ERROR'
}

/** A message to show to the reader. */
export function errorMessage(error: unknown): string {
  if (dataOf(error) === null) return 'The server cannot be reached. Check that it is running, then try again.'
  return error instanceof Error ? error.message : String(error)
}

export type FieldError = { path: string; message: string }

/** The error of a form, with the path of its field, such as `adapterConfig.timeoutSec`; empty for the form as a whole. */
export function fieldErrorOf(error: unknown): FieldError {
  const data = dataOf(error)
  const isOfField = data?.reason === 'invalid_input' || data?.reason === 'name_taken'
  const path = isOfField ? (data.path ?? '') : ''
  const message = errorMessage(error)
  return { path, message: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message }
}
