import { z } from 'zod'
import { agentStatuses } from './agent-status'
import { uuid } from './ids'
import { type LiveEvent, livePosition, liveReset } from './live-event'
import { notificationKinds } from './notification'
import { runErrorCodes, runEventLevels, runEventTypes, runStatuses } from './run-status'
import { skipReasons, triggerDetails, wakeupSources, wakeupStatuses } from './wakeup-status'

/** ISO 8601, in the database's notation. */
const time = z.string()

const runStatus = z.object({
  runId: uuid,
  agentId: uuid,
  status: z.enum(runStatuses),
  invocationSource: z.enum(wakeupSources),
  triggerDetail: z.enum(triggerDetails),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  cancelRequestedAt: time.nullable(),
  error: z.string().nullable(),
  errorCode: z.enum(runErrorCodes).nullable(),
  exitCode: z.int().nullable(),
  retryOfRunId: uuid.nullable(),
})

const runEvent = z.object({
  runId: uuid,
  agentId: uuid,
  seq: z.int(),
  eventType: z.enum(runEventTypes),
  level: z.enum(runEventLevels),
  message: z.string(),
})

const agentStatus = z.object({
  agentId: uuid,
  status: z.enum(agentStatuses),
  lastHeartbeatAt: time.nullable(),
  nextHeartbeatAt: time.nullable(),
  /** Missing in events of earlier releases. */
  timerEnded: z.boolean().optional(),
})

const wakeupStatus = z.object({
  wakeupId: uuid,
  agentId: uuid,
  runId: uuid.nullable(),
  status: z.enum(wakeupStatuses),
  source: z.enum(wakeupSources),
  skipReason: z.enum(skipReasons).nullable(),
})

const notification = z.object({
  notificationId: uuid,
  kind: z.enum(notificationKinds),
  title: z.string(),
  message: z.string(),
  agentId: uuid.nullable(),
  runId: uuid.nullable(),
})

const head = { id: z.string(), companyId: uuid, createdAt: time }

function event<const Type extends string, Payload extends z.ZodObject>(type: Type, payload: Payload) {
  return z.object({ ...head, type: z.literal(type), payload })
}

export const liveEventSchema = z.discriminatedUnion('type', [
  event('heartbeat.run.queued', runStatus),
  event('heartbeat.run.status', runStatus),
  event('heartbeat.run.event', runEvent),
  event('agent.status', agentStatus),
  event('wakeup.status', wakeupStatus),
  event('notification.created', notification),
  event(liveReset, z.object({})),
  event(livePosition, z.object({})),
])

/**
 * An event as stored in the table; null where a server of another release wrote it in a form that this one cannot read.
 * Keys that a newer release adds are kept.
 */
export function readLiveEvent(value: unknown): LiveEvent | null {
  return liveEventSchema.safeParse(value).success ? (value as LiveEvent) : null
}
