import { errorMessage } from '@/app/_trpc/api-error'

/** Runs an action for every id at once. `reasons` are the error messages of those that failed. */
export async function settleAll(ids: readonly string[], action: (id: string) => Promise<unknown>) {
  const results = await Promise.allSettled(ids.map(action))
  const messages = results.flatMap((result) => (result.status === 'rejected' ? [errorMessage(result.reason)] : []))
  return {
    succeeded: results.length - messages.length,
    failed: messages.length,
    reasons: [...new Set(messages)].join(' '),
  }
}
