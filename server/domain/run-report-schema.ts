import { z } from 'zod'

export const usageSchema = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedInputTokens: z.number(),
})

export const modelChargeSchema = z.object({
  provider: z.string().nullable(),
  model: z.string().nullable(),
  usage: usageSchema.nullable(),
  costUsd: z.number().nullable(),
})

export const sessionUsageSchema = usageSchema.extend({
  models: z.array(modelChargeSchema).optional(),
  unsaid: z.array(modelChargeSchema).optional(),
})

/** A run's `usageJson`. */
export const runUsageSchema = usageSchema.extend({ sessionTotal: sessionUsageSchema.optional() })

/** A run's `resultJson`. */
export const runResultSchema = z.object({ summary: z.string().nullable(), result: z.unknown() })
