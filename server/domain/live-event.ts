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

export type LiveEvent = {
  id: string
  companyId: string
  type: LiveEventType | typeof liveReset | typeof livePosition
  createdAt: string
  payload: Record<string, unknown>
}
