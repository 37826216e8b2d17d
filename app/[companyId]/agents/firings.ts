import { Cron } from 'croner'

export type Timer = { enabled: boolean; intervalSec: number; cron?: string; timezone?: string }

/**
 * The next firings of a timer: the slots of its cron expression, or steps of its interval from `next`, the agent's planned
 * firing, else from `now`. Empty if the timer is off or its cron expression is invalid.
 */
export function firingsOf(timer: Timer, now: Date, next: Date | null, count = 5): Date[] {
  if (!timer.enabled) return []
  if (timer.cron) {
    try {
      return new Cron(timer.cron, { timezone: timer.timezone ?? 'UTC', paused: true }).nextRuns(count, now)
    } catch {
      return []
    }
  }
  if (!(timer.intervalSec > 0)) return []
  const stepMs = timer.intervalSec * 1000
  const first = next && next > now ? next.getTime() : now.getTime() + stepMs
  return Array.from({ length: count }, (_, at) => new Date(first + at * stepMs))
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** Whether the timer has a valid cron expression without any further slot. */
export function hasEnded(timer: Timer, now: Date): boolean {
  if (!timer.enabled || !timer.cron) return false
  try {
    return new Cron(timer.cron, { timezone: timer.timezone ?? 'UTC', paused: true }).nextRun(now) === null
  } catch {
    return false
  }
}

/** "Every 90 minutes", "At 09:30 from Monday to Friday (Europe/Berlin)". */
export function describeTimer(timer: Timer): string {
  if (!timer.enabled) return 'The timer is off.'
  if (timer.cron) return `${describeCron(timer.cron)} (${timer.timezone ?? 'UTC'})`
  if (!(timer.intervalSec > 0)) return 'No timer.'
  const [unit, seconds] = units.find(([, size]) => timer.intervalSec % size === 0) ?? ['second', 1]
  const count = timer.intervalSec / seconds
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const shortDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** A cron expression of five simple fields in words; any other as it is written. */
function describeCron(cron: string): string {
  const [minute = '', hour = '', day, month, weekday = '', ...rest] = cron.trim().toLowerCase().split(/\s+/)
  const when = describeTime(minute, hour)
  const on = describeWeekdays(weekday)
  if (when === null || on === null || day !== '*' || month !== '*' || rest.length > 0) return `Cron ${cron}`
  return `${when}${on}`
}

function describeTime(minute: string, hour: string): string | null {
  const isNumber = (text: string) => /^\d+$/.test(text)
  const every = (text: string) => (text === '*' ? 1 : Number(/^\*\/(\d+)$/.exec(text)?.[1] ?? Number.NaN))
  const hours = /^(\d+)-(\d+)$/.exec(hour)
  const within = hours ? `, from ${two(hours[1])}:00 to ${two(hours[2])}:59` : hour === '*' ? '' : null
  if (isNumber(minute) && isNumber(hour)) return `At ${two(hour)}:${two(minute)}`
  if (isNumber(minute) && every(hour) > 0) {
    return `${every(hour) === 1 ? 'Every hour' : `Every ${every(hour)} hours`} at minute ${Number(minute)}`
  }
  if (every(minute) > 0 && within !== null) {
    return `${every(minute) === 1 ? 'Every minute' : `Every ${every(minute)} minutes`}${within}`
  }
  return isNumber(minute) && within ? `Every hour at minute ${Number(minute)}${within}` : null
}

function describeWeekdays(weekday: string): string | null {
  if (weekday === '*') return ''
  const nameOf = (text = '') => days[shortDays.includes(text) ? shortDays.indexOf(text) : Number(text)]
  const [, from, to] = /^(\w+)-(\w+)$/.exec(weekday) ?? []
  if (from && nameOf(from) && nameOf(to)) return ` from ${nameOf(from)} to ${nameOf(to)}`
  const all = weekday.split(',').map(nameOf)
  return all.every((day) => day !== undefined) ? ` on ${all.join(', ')}` : null
}

function two(digits = ''): string {
  return digits.padStart(2, '0')
}
