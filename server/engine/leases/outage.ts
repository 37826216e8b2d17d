import { isDatabaseError } from '@/db/errors'

/** Shutting down, crashed, starting up: said by a database that carries nothing out at the moment. */
const absences = new Set(['57P01', '57P02', '57P03'])

/**
 * Whether a statement failed because the database was not reached or is not up. This says nothing of the others: one that
 * is refused may have lost its own way, while they reach the database.
 */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (!isDatabaseError(error) || absences.has(String(error.code)))
}
