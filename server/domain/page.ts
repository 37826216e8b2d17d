import { z } from 'zod'

/** A position in a list that is ordered by time and id, newest first. */
export type PageCursor = { at: Date; id: string }

const cursor = z
  .string()
  .max(200)
  .transform((text, context): PageCursor => {
    const [at, id] = Buffer.from(text, 'base64url').toString().split('_')
    const time = new Date(at ?? '')
    if (Number.isNaN(time.getTime()) || !z.guid().safeParse(id).success) {
      context.addIssue({ code: 'custom', message: 'must be a nextCursor that a list gave' })
      return z.NEVER
    }
    return { at: time, id: id ?? '' }
  })

/** The limit of every list: at most 200 items, 50 by default. */
export const limitInput = z.number().int().min(1).max(200).default(50)

/** The limit of a list that is complete by default. */
export const optionalLimitInput = z.number().int().min(1).max(200).optional()

/** The direction of paging, which tRPC clients send; there is only one. */
export const directionInput = z.literal('forward').optional()

export const pageInput = { limit: limitInput, cursor: cursor.nullish(), direction: directionInput }

export type Page<T> = { items: T[]; nextCursor: string | null }

/** `rows` were selected with `limit` + 1: the extra row only shows that there is a next page. */
export function pageOf<T extends { id: string }>(rows: T[], limit: number, at: (row: T) => Date): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last
  return { items, nextCursor: more ? Buffer.from(`${at(last).toISOString()}_${last.id}`).toString('base64url') : null }
}
