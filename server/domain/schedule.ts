import { Cron } from 'croner'
import type { HeartbeatPolicy } from './policy'

export const longestBackOffMs = 3_600_000

export function hasTimer(policy: HeartbeatPolicy): boolean {
  return policy.enabled && (policy.intervalSec > 0 || policy.cron !== undefined)
}

/** Whether this machine can compute the firings: it may not know the time zone of a cron that another machine saved. */
export function isTimerKnown(policy: HeartbeatPolicy): boolean {
  try {
    return !policy.cron || Boolean(nextCron(policy, new Date(0)) ?? true)
  } catch {
    return false
  }
}

function nextCron(policy: HeartbeatPolicy, after: Date): Date | null {
  return new Cron(policy.cron ?? '', { timezone: policy.timezone ?? 'UTC', paused: true }).nextRun(after)
}

/** The first firing of a new or changed timer: cron keeps its slots, intervals are spread so that agents do not fire together. */
export function firstFiring(policy: HeartbeatPolicy, now: Date, random: () => number): Date | null {
  if (!hasTimer(policy)) return null
  if (policy.cron) return nextCron(policy, now)
  return new Date(now.getTime() + Math.ceil(random() * policy.intervalSec * 1000))
}

/**
 * The firing after `slot` (the one that is due at `now`). Missed slots are skipped: they fired once.
 * Each failure in a row doubles the distance, up to an hour or the agent's own interval where that is longer.
 */
export function nextFiring(policy: HeartbeatPolicy, slot: Date, now: Date, failuresInARow: number): Date | null {
  if (!hasTimer(policy)) return null
  const factor = 2 ** Math.min(failuresInARow, 20)
  if (policy.cron) {
    const backOffMs = failuresInARow === 0 ? 0 : Math.min(longestBackOffMs, 30_000 * factor)
    return nextCron(policy, new Date(now.getTime() + backOffMs))
  }
  const intervalMs = policy.intervalSec * 1000
  const stepMs = Math.max(intervalMs, Math.min(longestBackOffMs, intervalMs * factor))
  const missed = Math.max(0, Math.floor((now.getTime() - slot.getTime()) / intervalMs))
  return new Date(slot.getTime() + missed * intervalMs + stepMs)
}
