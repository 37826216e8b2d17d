import type { z } from 'zod'
import type { liveEventSchema } from './live-event-schema'

/** The types of events that are stored in `live_events` and sent unchanged. */
export const liveEventTypes = [
  'heartbeat.run.queued',
  'heartbeat.run.status',
  'heartbeat.run.event',
  'agent.status',
  'wakeup.status',
  'notification.created',
] as const
export type LiveEventType = (typeof liveEventTypes)[number]

/** Sent alone after a gap that cannot be replayed: the client refetches its data. */
export const liveReset = 'live.reset'

/** Sent first to subscribers that ask for it: the initial cursor, from which a reconnect continues. */
export const livePosition = 'live.position'

/** `id` is a cursor into the table; `createdAt` is ISO 8601; `type` is the discriminator. */
export type LiveEvent = z.infer<typeof liveEventSchema>

export type LivePayload<Type extends LiveEvent['type']> = Extract<LiveEvent, { type: Type }>['payload']

/** False for a type that only a newer server knows: its events may reach a page or command line of this release. */
export function isKnownType(type: string): type is LiveEvent['type'] {
  return [...liveEventTypes, liveReset, livePosition].some((known) => known === type)
}
