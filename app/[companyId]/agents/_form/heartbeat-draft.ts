import type { RuntimeConfig } from '@/server/domain/policy'

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

/** What is left empty is left out: the server's default stands in. The server refuses what can not be. */
export function heartbeatOf(draft: HeartbeatDraft): Record<string, unknown> {
  const { intervalSec, cron, timezone, cooldownSec, maxConcurrentRuns, retryOnRunnerLost, ...kept } = draft
  const numbers = { intervalSec, cooldownSec, maxConcurrentRuns, retryOnRunnerLost }
  return {
    ...kept,
    ...(cron.trim() && { cron: cron.trim() }),
    ...(timezone.trim() && { timezone: timezone.trim() }),
    ...Object.fromEntries(
      Object.entries(numbers)
        .filter(([, text]) => text.trim() !== '')
        .map(([name, text]) => [name, Number(text)]),
    ),
  }
}
