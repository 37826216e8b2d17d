import postgres from 'postgres'

/** Errors of sockets, name servers and TLS: refused, unreachable, reset, timed out. */
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTCONN', 'ETIMEDOUT', 'EPROTO', 'EADDRNOTAVAIL'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'ENETRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'],
  ...['CONNECT_TIMEOUT', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'],
])

/**
 * Errors of PostgreSQL: connection exceptions, also a pooler's own (08); too many sessions (53300); sessions, transactions and
 * statements that timed out (25P03, 25P04, 55P03, 57014, 57P05) or were ended (57P01 to 57P03); read-only (25006).
 */
const databaseCodes = /^(08...|25006|25P03|25P04|53300|55P03|57014|57P0[1235])$/

const mostCauses = 5

/** Whether the database cannot be used at the moment; false for errors of the statement itself. */
export function isConnectionError(error: unknown): boolean {
  return causesOf(error).some((cause) => {
    const code = codeOf(cause)
    // ENOENT of a socket; that of a file is a different error.
    if (code === 'ENOENT') return 'syscall' in cause && cause.syscall === 'connect'
    return networkCodes.has(code) || code.startsWith('CONNECTION_') || databaseCodes.test(code)
  })
}

/** Whether the database can be read but not written: a standby, or one that is set to read-only. */
export function isReadOnlyError(error: unknown): boolean {
  return causesOf(error).some((cause) => codeOf(cause) === '25006')
}

/** The result, or null on a connection error: for callers that retry later. */
export async function orNullOnConnectionError<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (isConnectionError(error)) return null
    throw error
  }
}

/** Whether the database itself has refused: the statement, or the transaction if it was a COMMIT, has no effect. */
export function isDatabaseError(error: unknown): boolean {
  // With class 08 poolers report that they have lost the database; 40003 is a statement with an unknown result.
  return error instanceof postgres.PostgresError && !/^(08|40003)/.test(error.code)
}

/**
 * Whether a write failed because of its data (SQLSTATE classes 22, 23 and 54, and our own errors, which have no code), so
 * that a retry fails as well. Any other error says that the database is unreachable or busy.
 */
export function isDataError(error: unknown): boolean {
  return error instanceof Error && (!('code' in error) || /^(2[23]|54)/.test(String(error.code)))
}

/** The error and its causes: Drizzle wraps errors of postgres.js. */
export function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < mostCauses; cause = cause.cause) causes.push(cause)
  return causes
}

/** Empty without a code. */
export function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
