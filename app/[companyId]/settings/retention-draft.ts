import { type RetainedKind, type Retention, type RetentionLimits, retainedKinds } from '@/server/domain/retention'

/** The text of the form's fields. Empty means no limit. */
export type RetentionDraft = Record<RetainedKind, { days: string; megabytes: string }>

const megabyte = 1_000_000

export function draftOf(retention: Retention | null): RetentionDraft {
  const fields = (kind: RetainedKind) => {
    const limits = retention?.[kind]
    const megabytes = limits?.bytes == null ? null : Math.max(1, Math.round(limits.bytes / megabyte))
    return { days: String(limits?.days ?? ''), megabytes: String(megabytes ?? '') }
  }
  return {
    logs: fields('logs'),
    events: fields('events'),
    wakeups: fields('wakeups'),
    fields: fields('fields'),
    runs: fields('runs'),
  }
}

/** Null if there are no limits, undefined if a field is not a whole number. */
export function retentionOf(draft: RetentionDraft): Retention | null | undefined {
  const retention: Retention = {}
  for (const kind of retainedKinds) {
    const limits = limitsOf(draft[kind])
    if (limits === undefined) return undefined
    if (limits.days !== null || limits.bytes !== null) retention[kind] = limits
  }
  return Object.keys(retention).length > 0 ? retention : null
}

function limitsOf({ days, megabytes }: RetentionDraft[RetainedKind]): RetentionLimits | undefined {
  const [wholeDays, wholeMegabytes] = [wholeNumberOf(days, 36_500), wholeNumberOf(megabytes, 1_000_000_000)]
  if (wholeDays === undefined || wholeMegabytes === undefined) return undefined
  return { days: wholeDays, bytes: wholeMegabytes === null ? null : wholeMegabytes * megabyte }
}

function wholeNumberOf(text: string, most: number): number | null | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return null
  const number = /^\d{1,10}$/.test(trimmed) ? Number(trimmed) : 0
  return number >= 1 && number <= most ? number : undefined
}
