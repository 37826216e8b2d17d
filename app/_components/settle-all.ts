import { errorMessage } from '@/app/_trpc/api-error'

/** Does the same with many, at once: how many went well, and what is to be said about the others. */
export async function settleAll(ids: readonly string[], act: (id: string) => Promise<unknown>) {
  const results = await Promise.allSettled(ids.map(act))
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [errorMessage(result.reason)] : []))
  return { done: results.length - reasons.length, refused: reasons.length, why: [...new Set(reasons)].join(' ') }
}
