import { z } from 'zod'

/**
 * What a company may keep less of. `logs`: what runs printed; `events`: run events; `wakeups`: requests that have ended;
 * `fields`: context, result and excerpt of finished runs; `runs`: finished runs with all that belongs to them, their
 * charges too, but not what months have cost.
 */
export const retainedKinds = ['logs', 'events', 'wakeups', 'fields', 'runs'] as const
export type RetainedKind = (typeof retainedKinds)[number]

/** Whichever limit is reached first. null: no limit. */
const limitsSchema = z.strictObject({
  days: z.number().int().min(1).max(36_500).nullable().default(null),
  bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().default(null),
})
export type RetentionLimits = z.infer<typeof limitsSchema>

/** A kind that is not named, or has no limits, is kept for ever. */
export const retentionSchema = z.strictObject({
  logs: limitsSchema.optional(),
  events: limitsSchema.optional(),
  wakeups: limitsSchema.optional(),
  fields: limitsSchema.optional(),
  runs: limitsSchema.optional(),
})
export type Retention = z.infer<typeof retentionSchema>

/** The limits of a kind, or null where it is off. Of a stored row a limit may be missing, which is no limit. */
export function limitsOf(retention: Retention | null, kind: RetainedKind): RetentionLimits | null {
  const { days = null, bytes = null }: Partial<RetentionLimits> = retention?.[kind] ?? {}
  return days === null && bytes === null ? null : { days, bytes }
}
