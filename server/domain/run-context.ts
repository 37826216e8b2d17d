import type { z } from 'zod'
import type { JsonObject } from './json'
import type { runContextSchema, wakeupEnvelopeSchema } from './run-context-schema'

/**
 * What a run is told of one wakeup that it answers. `payload` is the JSON of whoever asked, null where there is none;
 * `requestedAt` is ISO 8601.
 */
export type WakeupEnvelope = z.infer<typeof wakeupEnvelopeSchema>

/**
 * A run's `contextSnapshot`: the values that its wakeups gave, of each name the newest, and under `wakeups` their
 * envelopes. Empty once retention has removed it.
 */
export type RunContext = z.infer<typeof runContextSchema>

/** In the order in which they were requested. */
export function wakeupsOf({ wakeups }: RunContext): readonly WakeupEnvelope[] {
  return wakeups ?? []
}

/** What the wakeups gave, without the wakeups. */
export function givenContextOf({ wakeups: _, ...given }: RunContext): JsonObject {
  return given
}

/** The reason of the newest wakeup that gave one. */
export function reasonOf(context: RunContext): string | null {
  return wakeupsOf(context).findLast(({ reason }) => reason)?.reason ?? null
}
