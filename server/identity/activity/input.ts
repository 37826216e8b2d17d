import { z } from 'zod'

const word = z.string().min(1).max(200)
const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

/** Filters of the activity log. */
export const activityFilter = {
  /** A person or an agent. */
  actorId: word.optional(),
  /** Such as `agent.update`. */
  action: word.optional(),
  subjectType: word.optional(),
  subjectId: word.optional(),
  since: time.optional(),
  until: time.optional(),
}

/** A position in the log. Its lines are numbered, while the rows of other lists have uuids. */
export const activityCursor = z
  .string()
  .max(200)
  .transform((text, context): ActivityCursor => {
    const [at, id] = Buffer.from(text, 'base64url').toString().split('_')
    const time = new Date(at ?? '')
    if (!Number.isNaN(time.getTime()) && /^\d{1,15}$/.test(id ?? '')) return { at: time, id: Number(id) }
    context.addIssue({ code: 'custom', message: 'must be a nextCursor that a list gave' })
    return z.NEVER
  })

export type ActivityCursor = { at: Date; id: number }

export function cursorOf({ at, id }: ActivityCursor): string {
  return Buffer.from(`${at.toISOString()}_${id}`).toString('base64url')
}
