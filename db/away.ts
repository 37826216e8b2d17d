import postgres from 'postgres'

/** Refused, gone, timed out, or out of connections: what passes when the database is back. */
const codes = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', '55P03', '57014', '57P01', '57P02', '57P03', '53300'])

/** Whether this error says that the database does not answer at the moment, and not that it was asked the wrong thing. */
export function isAway(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error && 'code' in cause)) return false
  const code = String(cause.code)
  return codes.has(code) || code.startsWith('CONNECTION_') || code === 'CONNECT_TIMEOUT'
}

/** What was asked for, or null while the database is away: for those who ask again later. */
export async function unlessAway<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (isAway(error)) return null
    throw error
  }
}

/** Whether the database itself has refused: nothing of the statement, or of the transaction at whose COMMIT it came, is kept. */
export function isAnswer(error: unknown): boolean {
  // Poolers say of class 08 that they have lost the database; 40003 is a statement whose end is not known.
  return error instanceof postgres.PostgresError && !/^(08|40003)/.test(error.code)
}
