import type { z } from 'zod'
import type { JsonObject } from './json'
import type { runContextSchema, wakeupEnvelopeSchema } from './run-context-schema'

/**
 * One of the wakeups of a run, as the run gets it. `payload` is the requester's JSON, null where there is none;
 * `requestedAt` is ISO 8601.
 */
export type WakeupEnvelope = z.infer<typeof wakeupEnvelopeSchema>

/**
 * A run's `contextSnapshot`: the values of its wakeups' contexts, the newest for each name, and under `wakeups` their
 * envelopes. Empty once retention has removed it.
 */
export type RunContext = z.infer<typeof runContextSchema>

/** In the order of their requests. */
export function wakeupsOf({ wakeups }: RunContext): readonly WakeupEnvelope[] {
  return wakeups ?? []
}

/** The context values, without `wakeups`. */
export function givenContextOf({ wakeups: _, ...given }: RunContext): JsonObject {
  return given
}

/** The reason of the newest wakeup that has one. */
export function reasonOf(context: RunContext): string | null {
  return wakeupsOf(context).findLast(({ reason }) => reason)?.reason ?? null
}
