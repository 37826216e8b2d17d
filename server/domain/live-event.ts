import type { z } from 'zod'
import type { liveEventSchema } from './live-event-schema'

/** What is stored in `live_events`, and told as it is. */
export const liveEventTypes = [
  'heartbeat.run.queued',
  'heartbeat.run.status',
  'heartbeat.run.event',
  'agent.status',
  'wakeup.status',
  'notification.created',
] as const
export type LiveEventType = (typeof liveEventTypes)[number]

/** Sent alone after a gap that can not be replayed: the client refetches what it shows. */
export const liveReset = 'live.reset'

/** Sent first to who asks for it: the place of one who has seen nothing yet, from which a reconnect goes on. */
export const livePosition = 'live.position'

/** `id` is a cursor into the table; `createdAt` is ISO 8601. Told apart by `type`. */
export type LiveEvent = z.infer<typeof liveEventSchema>

export type LivePayload<Type extends LiveEvent['type']> = Extract<LiveEvent, { type: Type }>['payload']

/** False for a type that only a newer server knows, whose events reach a page or a command line of this release. */
export function isKnownType(type: string): type is LiveEvent['type'] {
  return [...liveEventTypes, liveReset, livePosition].some((known) => known === type)
}
