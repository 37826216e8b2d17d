import { isDatabaseError } from '@/db/errors'

/** The errors of a database that is shutting down, has crashed or is starting. */
const unavailableCodes = new Set(['57P01', '57P02', '57P03'])

/**
 * Whether a statement failed because the database could not be reached or is not up. Other servers may still reach it: the
 * network of this one may be at fault.
 */
export function isUnanswered(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (!isDatabaseError(error) || unavailableCodes.has(String(error.code)))
  )
}
