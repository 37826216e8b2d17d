/**
 * Whether a write failed for what it wrote (classes 22, 23 and 54, and faults of ours, which have no code): trying again
 * will not help. Anything else is the database being away or busy.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && (!('code' in error) || /^(2[23]|54)/.test(String(error.code)))
}
