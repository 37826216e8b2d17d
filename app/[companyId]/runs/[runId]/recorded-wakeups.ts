import { type TriggerDetail, triggerDetails, type WakeupSource, wakeupSources } from '@/server/domain/wakeup-status'

export type RecordedWakeup = {
  id: string
  source: WakeupSource
  triggerDetail: TriggerDetail
  reason: string | null
  payload?: unknown
  requestedAt: string | null
}

/** The wakeups that a run answers, in order, as its context tells them. */
export function recordedWakeupsOf(context: unknown): RecordedWakeup[] {
  const given = context && typeof context === 'object' && 'wakeups' in context ? context.wakeups : []
  if (!Array.isArray(given)) return []
  return given.filter(isRecord).map((wakeup, index) => ({
    id: typeof wakeup.id === 'string' ? wakeup.id : String(index),
    source: wakeupSources.find((source) => source === wakeup.source) ?? 'on_demand',
    triggerDetail: triggerDetails.find((detail) => detail === wakeup.triggerDetail) ?? 'system',
    reason: typeof wakeup.reason === 'string' ? wakeup.reason : null,
    payload: wakeup.payload,
    requestedAt: typeof wakeup.requestedAt === 'string' ? wakeup.requestedAt : null,
  }))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
