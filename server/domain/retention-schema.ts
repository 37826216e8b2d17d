import { z } from 'zod'

/** Whichever limit is reached first. null: no limit. */
export const retentionLimitsSchema = z.strictObject({
  days: z.number().int().min(1).max(36_500).nullable().default(null),
  bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().default(null),
})

/** A kind that is missing or has no limits is kept forever. */
export const retentionSchema = z.strictObject({
  logs: retentionLimitsSchema.optional(),
  events: retentionLimitsSchema.optional(),
  wakeups: retentionLimitsSchema.optional(),
  fields: retentionLimitsSchema.optional(),
  runs: retentionLimitsSchema.optional(),
})
