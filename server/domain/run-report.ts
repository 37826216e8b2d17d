import type { z } from 'zod'
import type {
  modelChargeSchema,
  runResultSchema,
  runUsageSchema,
  sessionUsageSchema,
  usageSchema,
} from './run-report-schema'

/** Tokens; the cached ones are not among the input. */
export type Usage = z.infer<typeof usageSchema>

/** What one model of a run was used for, where a program tells them apart. */
export type ModelCharge = z.infer<typeof modelChargeSchema>

/**
 * What a session has used in all since it began, the sum and by model, as its program said last. `unsaid`: what runs were
 * booked with that ended before the program could say it; it may count them next time, or not.
 */
export type SessionUsage = z.infer<typeof sessionUsageSchema>

export type RunUsage = z.infer<typeof runUsageSchema>

/** What a program reported; `result` is its own JSON. */
export type RunResult = z.infer<typeof runResultSchema>
