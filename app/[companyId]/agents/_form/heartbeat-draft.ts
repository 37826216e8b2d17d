import type { HeartbeatInput, RuntimeConfig } from '@/server/domain/policy'

type Heartbeat = RuntimeConfig['heartbeat']

export type HeartbeatDraft = {
  enabled: boolean
  intervalSec: string
  cron: string
  timezone: string
  whenRunning: Heartbeat['whenRunning']
  cooldownSec: string
  maxConcurrentRuns: string
  retryOnRunnerLost: string
  wakeOnAssignment: boolean
  wakeOnOnDemand: boolean
  wakeOnAutomation: boolean
}

export function heartbeatDraftOf(stored: Partial<Heartbeat>): HeartbeatDraft {
  const text = (value: string | number | undefined) => (value === undefined ? '' : String(value))
  return {
    enabled: stored.enabled ?? true,
    intervalSec: stored.intervalSec === 0 ? '' : text(stored.intervalSec),
    cron: text(stored.cron),
    timezone: text(stored.timezone),
    whenRunning: stored.whenRunning ?? 'follow_up',
    cooldownSec: text(stored.cooldownSec),
    maxConcurrentRuns: text(stored.maxConcurrentRuns),
    retryOnRunnerLost: text(stored.retryOnRunnerLost),
    wakeOnAssignment: stored.wakeOnAssignment ?? true,
    wakeOnOnDemand: stored.wakeOnOnDemand ?? true,
    wakeOnAutomation: stored.wakeOnAutomation ?? true,
  }
}

/** Empty fields are omitted, so that the server's defaults apply. The server validates the rest. */
export function heartbeatOf(draft: HeartbeatDraft): HeartbeatInput {
  const { intervalSec, cron, timezone, cooldownSec, maxConcurrentRuns, retryOnRunnerLost, ...kept } = draft
  const number = (text: string) => (text.trim() === '' ? undefined : Number(text))
  return {
    ...kept,
    cron: cron.trim() || undefined,
    timezone: timezone.trim() || undefined,
    intervalSec: number(intervalSec),
    cooldownSec: number(cooldownSec),
    maxConcurrentRuns: number(maxConcurrentRuns),
    retryOnRunnerLost: number(retryOnRunnerLost),
  }
}
