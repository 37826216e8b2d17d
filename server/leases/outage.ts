const refusals = new Set(['ECONNREFUSED', 'ENOENT', '57P01', '57P02', '57P03'])

/** Whether this answer proves that no one can be using the database: refused, starting up, or shutting down. */
export function isDefinitelyDown(error: unknown): boolean {
  return error instanceof Error && 'code' in error && refusals.has(String(error.code))
}
