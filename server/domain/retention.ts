import type { z } from 'zod'
import type { retentionLimitsSchema, retentionSchema } from './retention-schema'

/**
 * The kinds of data with a retention. `logs`: run logs; `events`: run events; `wakeups`: requests that have ended;
 * `fields`: context, result and excerpt of finished runs; `runs`: finished runs with all of their data, including
 * charges, but not the monthly costs.
 */
export const retainedKinds = ['logs', 'events', 'wakeups', 'fields', 'runs'] as const
export type RetainedKind = (typeof retainedKinds)[number]

export type RetentionLimits = z.infer<typeof retentionLimitsSchema>
export type Retention = z.infer<typeof retentionSchema>

/** The limits of a kind, or null where it has no retention. A limit missing in a stored row means no limit. */
export function limitsOf(retention: Retention | null, kind: RetainedKind): RetentionLimits | null {
  const { days = null, bytes = null }: Partial<RetentionLimits> = retention?.[kind] ?? {}
  return days === null && bytes === null ? null : { days, bytes }
}
