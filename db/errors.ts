import postgres from 'postgres'

/** Of sockets, name servers and TLS: refused, unreachable, cut off, not answered. */
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTCONN', 'ETIMEDOUT', 'EPROTO', 'EADDRNOTAVAIL'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENETRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'],
  ...['CONNECT_TIMEOUT', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'],
])

/**
 * Of PostgreSQL: connection exceptions, also a pooler's own (08); no more sessions (53300); sessions, transactions and
 * statements that timed out (25P03, 25P04, 55P03, 57014, 57P05) or were ended (57P01 to 57P03); read-only (25006).
 */
const databaseCodes = /^(08...|25006|25P03|25P04|53300|55P03|57014|57P0[1235])$/

const mostCauses = 5

/** Whether this error says that the database cannot be used at the moment, and not that it was asked the wrong thing. */
export function isConnectionError(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    const code = codeOf(cause)
    // Of a socket that is not there; a file that is not there is another matter.
    if (code === 'ENOENT') return 'syscall' in cause && cause.syscall === 'connect'
    return networkCodes.has(code) || code.startsWith('CONNECTION_') || databaseCodes.test(code)
  })
}

/** Whether the database may be read and not written to: a standby, or switched to read-only. */
export function isReadOnlyError(error: unknown): boolean {
  return causesOf(error).some((cause) => codeOf(cause) === '25006')
}

/** What was asked for, or null on a connection error: for those who ask again later. */
export async function orNullOnConnectionError<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (isConnectionError(error)) return null
    throw error
  }
}

/** Whether the database itself has refused: nothing of the statement, or of the transaction at whose COMMIT it came, is kept. */
export function isDatabaseError(error: unknown): boolean {
  // Poolers say of class 08 that they have lost the database; 40003 is a statement whose end is not known.
  return error instanceof postgres.PostgresError && !/^(08|40003)/.test(error.code)
}

/**
 * Whether a write failed because of its data (SQLSTATE classes 22, 23 and 54, and our own errors, which have no code), so
 * that a retry fails as well. Any other error says that the database is unreachable or busy.
 */
export function isDataError(error: unknown): boolean {
  return error instanceof Error && (!('code' in error) || /^(2[23]|54)/.test(String(error.code)))
}

/** The error and what it names as its cause: Drizzle wraps those of postgres.js. */
export function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < mostCauses; cause = cause.cause) causes.push(cause)
  return causes
}

/** Empty where there is none. */
export function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
