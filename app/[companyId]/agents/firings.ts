import { Cron } from 'croner'

export type Timer = { enabled: boolean; intervalSec: number; cron?: string; timezone?: string }

/**
 * The next firings of a timer, as it stands: a cron's slots, or steps of the interval from `next`, where the agent has
 * its next one, else from `now`. Nothing where it does not fire or the cron can not be read.
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

/** Whether a cron can be read and does not fire any more. */
export function hasEnded(timer: Timer, now: Date): boolean {
  if (!timer.enabled || !timer.cron) return false
  try {
    return new Cron(timer.cron, { timezone: timer.timezone ?? 'UTC', paused: true }).nextRun(now) === null
  } catch {
    return false
  }
}

/** "Every 90 minutes", "At 09:30 from Monday to Friday (Europe/Berlin)". */
export function timerWords(timer: Timer): string {
  if (!timer.enabled) return 'The timer is off.'
  if (timer.cron) return `${cronWords(timer.cron)} (${timer.timezone ?? 'UTC'})`
  if (!(timer.intervalSec > 0)) return 'No timer.'
  const [unit, seconds] = units.find(([, size]) => timer.intervalSec % size === 0) ?? ['second', 1]
  const count = timer.intervalSec / seconds
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const shortDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/** A cron expression of five fields in words, as far as its fields are simple; else as it is written. */
function cronWords(cron: string): string {
  const [minute = '', hour = '', day, month, weekday = '', ...rest] = cron.trim().toLowerCase().split(/\s+/)
  const when = timeWords(minute, hour)
  const on = weekdayWords(weekday)
  if (when === null || on === null || day !== '*' || month !== '*' || rest.length > 0) return `By cron ${cron}`
  return `${when}${on}`
}

function timeWords(minute: string, hour: string): string | null {
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

function weekdayWords(weekday: string): string | null {
  if (weekday === '*') return ''
  const named = (text = '') => days[shortDays.includes(text) ? shortDays.indexOf(text) : Number(text)]
  const [, from, to] = /^(\w+)-(\w+)$/.exec(weekday) ?? []
  if (from && named(from) && named(to)) return ` from ${named(from)} to ${named(to)}`
  const all = weekday.split(',').map(named)
  return all.every((day) => day !== undefined) ? ` on ${all.join(', ')}` : null
}

function two(digits = ''): string {
  return digits.padStart(2, '0')
}
