import { TRPCClientError } from '@trpc/client'

type FailureData = { code?: string; reason?: string; path?: string | null }

/** What the server said about a failed call, or null where it said nothing: it could not be reached. */
function dataOf(error: unknown): FailureData | null {
  return error instanceof TRPCClientError && error.data ? (error.data as FailureData) : null
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

/** Worth another try by itself: nothing was reached, or the server said so. */
export function isTransient(error: unknown): boolean {
  const data = dataOf(error)
  return data === null || data.code === 'SERVICE_UNAVAILABLE' || data.code === 'INTERNAL_SERVER_ERROR'
}

/** A sentence for people. */
export function errorMessage(error: unknown): string {
  if (dataOf(error) === null) return 'The server does not answer. Check that it is running, then try again.'
  return error instanceof Error ? error.message : String(error)
}

export type FieldError = { path: string; message: string }

/** What a refused form got wrong: the field's path, such as `adapterConfig.timeoutSec`, or an empty one for all of it. */
export function fieldErrorOf(error: unknown): FieldError {
  const data = dataOf(error)
  const isOfField = data?.reason === 'invalid_input' || data?.reason === 'name_taken'
  const path = isOfField ? (data.path ?? '') : ''
  const sentence = errorMessage(error)
  return { path, message: sentence.startsWith(`${path}: `) ? sentence.slice(path.length + 2) : sentence }
}
