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

export type LiveEvent = {
  id: string
  companyId: string
  type: LiveEventType | typeof liveReset
  createdAt: string
  payload: Record<string, unknown>
}
