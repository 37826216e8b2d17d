import type { z } from 'zod'
import type { retentionLimitsSchema, retentionSchema } from './retention-schema'

/**
 * What a company may keep less of. `logs`: what runs printed; `events`: run events; `wakeups`: requests that have ended;
 * `fields`: context, result and excerpt of finished runs; `runs`: finished runs with all that belongs to them, their
 * charges too, but not what months have cost.
 */
export const retainedKinds = ['logs', 'events', 'wakeups', 'fields', 'runs'] as const
export type RetainedKind = (typeof retainedKinds)[number]

export type RetentionLimits = z.infer<typeof retentionLimitsSchema>
export type Retention = z.infer<typeof retentionSchema>

/** The limits of a kind, or null where it is off. Of a stored row a limit may be missing, which is no limit. */
export function limitsOf(retention: Retention | null, kind: RetainedKind): RetentionLimits | null {
  const { days = null, bytes = null }: Partial<RetentionLimits> = retention?.[kind] ?? {}
  return days === null && bytes === null ? null : { days, bytes }
}
