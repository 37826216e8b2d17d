import type { z } from 'zod'
import type {
  modelChargeSchema,
  runResultSchema,
  runUsageSchema,
  sessionUsageSchema,
  usageSchema,
} from './run-report-schema'

/** Tokens; `inputTokens` does not include the cached ones. */
export type Usage = z.infer<typeof usageSchema>

/** The usage of one model in a run, where the program reports models separately. */
export type ModelCharge = z.infer<typeof modelChargeSchema>

/**
 * The total usage of a session, as a sum and by model, according to its program's last report. `unsaid`: the charges of
 * runs that ended before the program could report them; its next report may or may not include them.
 */
export type SessionUsage = z.infer<typeof sessionUsageSchema>

export type RunUsage = z.infer<typeof runUsageSchema>

/** The report of a program; `result` is its own JSON. */
export type RunResult = z.infer<typeof runResultSchema>
