import { sentenceOf } from '@/app/_trpc/failure'

/** Does the same with many, at once: how many went well, and what is to be said about the others. */
export async function doEach(ids: readonly string[], act: (id: string) => Promise<unknown>) {
  const results = await Promise.allSettled(ids.map(act))
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [sentenceOf(result.reason)] : []))
  return { done: results.length - reasons.length, refused: reasons.length, why: [...new Set(reasons)].join(' ') }
}
