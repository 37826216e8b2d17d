import type { Outputs, ReveilleClient } from '@/client/index'

export type Company = Outputs['company']['list']['items'][number]
export type Agent = Outputs['agent']['list']['items'][number]
export type Run = Outputs['run']['list']['items'][number]
export type LogEntry = Outputs['run']['log']['entries'][number]
export type Api = ReveilleClient

/** Every item of a list, page by page. */
export async function allOf<T>(
  page: (cursor: string | null) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = []
  let cursor: string | null = null
  do {
    const answer = await page(cursor)
    items.push(...answer.items)
    cursor = answer.nextCursor
  } while (cursor !== null)
  return items
}
